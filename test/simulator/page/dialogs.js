import { byId, h, notice } from './dom.js'
import { randomName } from './names.js'
import { control } from './wire.js'

function open(title, ...content) {
  const dialog = byId('dialog')
  dialog.replaceChildren(h('h2', {}, title), ...content.flat(), h('p', {}, h('button', { onclick: () => dialog.close() }, '关闭')))
  if (!dialog.open) dialog.showModal()
  return dialog
}

/** Scan one of the stores' codes as somebody new; `done` gets member and customer. */
export function scanDialog(ways, chosen, done) {
  const name = h('input', { type: 'text', value: randomName(), 'aria-label': '客户姓名' })
  const scan = async (configId) => {
    const result = await control('customerScans', { configId, newCustomer: { name: name.value.trim() || randomName() } })
    if (result === undefined) return
    byId('dialog').close()
    notice(result.outcome === 'requested' ? `已发出好友申请，等待 ${result.userid} 确认` : `${name.value} 已添加 ${result.userid}`)
    done(result)
  }
  const shown = chosen === null ? ways : ways.filter((way) => way.configId === chosen)
  const rows = shown.map((way) => h('button', { class: 'row', onclick: () => scan(way.configId) },
    h('img', { src: `/__simulator/qr/${way.configId}.png`, alt: '' }), way.remark || way.state || way.configId,
    h('small', { class: 'last' }, [...way.users, ...way.parties].join('、'))))
  open('扫门店码', h('p', {}, '新客户：', name), rows.length > 0 ? rows : h('p', {}, '还没有门店码：请先在系统里新建渠道活码。'))
}

/** Write to a customer service account as somebody from WeChat. */
export function kfDialog(account, done) {
  const name = h('input', { type: 'text', value: randomName(), 'aria-label': '客户姓名' })
  const text = h('input', { type: 'text', value: '你好，请问有优惠吗？', 'aria-label': '消息' })
  const send = async () => {
    const id = await control('customerSendsKf', account.openKfId, { newCustomer: { name: name.value } }, text.value)
    if (id === undefined) return
    byId('dialog').close()
    done(id)
  }
  open(`微信客服 · ${account.name}`, h('p', {}, '客户：', name), h('p', {}, '消息：', text), h('button', { class: 'main', onclick: send }, '发送'))
}

/** Confirm before somebody is switched off or leaves. */
export function confirmDialog(question, confirmed) {
  open(question, h('button', { class: 'danger', onclick: async () => {
    byId('dialog').close()
    await confirmed()
  } }, '确定'))
}

/** The broadcasts that wait for the member, and one that he makes himself. */
export function broadcastDialog(broadcasts, userid, done) {
  const rows = broadcasts.map((each) => h('div', { class: 'card' }, h('div', {}, each.text), h('small', {}, `${each.customers} 位客户`),
    h('div', { class: 'buttons' }, h('button', { class: 'main', onclick: async () => {
      await control('confirmBroadcast', userid, each.msgid)
      byId('dialog').close()
      done()
    } }, '确认发送'))))
  const text = h('input', { type: 'text', value: '新品到店，欢迎来看', 'aria-label': '群发内容' })
  const byHand = h('button', { onclick: async () => {
    await control('memberSendsBroadcast', userid, { text: text.value })
    byId('dialog').close()
    done()
  } }, '自己群发给全部客户')
  open('群发助手', rows.length > 0 ? rows : h('p', {}, '没有待发送的群发。'), h('p', {}, text, byHand))
}
