import { broadcastDialog, confirmDialog, kfDialog, scanDialog } from './dialogs.js'
import { byId, h, moment, notice, part } from './dom.js'
import { appMessages, chatLines } from './lines.js'
import { control, overview } from './wire.js'

const view = { staff: cookie('sim_staff'), chat: cookie('sim_chat'), tab: 'chats', findStaff: '', findChat: '', state: null }
const tabs = [['chats', '客户'], ['kf', '微信客服'], ['app', '应用消息']]

function cookie(name) {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`))
  return found === undefined ? '' : decodeURIComponent(found.slice(name.length + 1))
}

function remember(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; SameSite=Lax${value === '' ? '; Max-Age=0' : ''}`
}

/** Another member or another chat: the sidebar is opened anew, as the client does. */
function choose(change) {
  Object.assign(view, change)
  remember('sim_staff', view.staff)
  remember('sim_chat', view.chat)
  remember('sim_entry', view.chat === '' ? 'normal' : view.tab === 'kf' ? 'single_kf_tools' : 'single_chat_tools')
  byId('sidebar').contentWindow.location.replace(view.staff === '' ? 'about:blank' : '/sidebar/')
  refresh()
}

async function refresh() {
  try {
    view.state = await overview({ staff: view.staff, chat: view.tab === 'chats' ? view.chat : '', find: view.findChat })
    show()
  } catch {
    notice('模拟器没有回应')
  }
}

function show() {
  showMe()
  showStaff()
  showRows()
  showTalk()
  showWire()
}

const me = () => view.state.staff.find((person) => person.userid === view.staff)

function showMe() {
  const person = me()
  part('me', person ?? null, () => person === undefined ? '请选择成员' : `${person.name} · ${person.position} · ${person.department}`)
  part('actions', [person?.userid, person?.status, person?.left, view.state.broadcasts, view.state.requests, view.state.ways.length], () => [
    h('button', { onclick: () => scanDialog(view.state.ways, null, openChat) }, '扫门店码'),
    h('button', { onclick: () => kfDialog(view.state.kf[0], (id) => choose({ tab: 'kf', chat: id })) }, '打开客服窗口'),
    ...person === undefined ? [] : personActions(person),
  ])
}

function personActions(person) {
  const after = async (name, ...args) => {
    await control(name, person.userid, ...args)
    refresh()
  }
  return [
    h('button', { onclick: () => broadcastDialog(view.state.broadcasts, person.userid, refresh) }, `群发助手 ${view.state.broadcasts.length || ''}`),
    ...view.state.requests.map((request) => h('button', { onclick: () => after('memberAccepts', request.externalUserId) }, '通过好友申请')),
    person.status === 2 ? h('button', { onclick: () => after('enableStaff') }, '启用') : h('button', { onclick: () => confirmDialog(`停用 ${person.name}？`, () => after('disableStaff')) }, '停用'),
    h('button', { class: 'danger', disabled: person.left, onclick: () => confirmDialog(`${person.name} 离职？`, () => after('deleteStaff')) }, '离职'),
  ]
}

function openChat(result) {
  choose({ staff: result.userid, chat: result.externalUserId, tab: 'chats' })
}

function showStaff() {
  const people = view.state.staff.filter((person) => `${person.name}${person.userid}${person.position}${person.department}`.includes(view.findStaff))
  part('staff', [people, view.staff], () => [...Map.groupBy(people, (person) => person.department)].flatMap(([department, members]) => [
    h('h2', {}, department),
    ...members.map((person) => h('button', {
      class: `row ${person.left || person.status === 2 ? 'gone' : ''}`, 'aria-current': person.userid === view.staff, onclick: () => choose({ staff: person.userid, chat: '' }),
    }, person.name, ' ', h('small', {}, `${person.position}${person.leads ? ' · 负责人' : ''}`))),
  ]))
}

function showRows() {
  part('tabs', view.tab, () => tabs.map(([id, label]) => h('button', { role: 'tab', 'aria-selected': id === view.tab, onclick: () => choose({ tab: id, chat: '' }) }, label)))
  byId('find-chat').hidden = view.tab !== 'chats'
  const rows = view.tab === 'chats' ? view.state.chats : view.tab === 'kf' ? view.state.kf.flatMap((account) => account.sessions) : []
  part('rows', [view.tab, rows, view.chat, view.staff], () => view.tab === 'app' ? h('h2', {}, '应用发给成员的消息在右边') : rows.map((row) => h('button', {
    class: `row ${row.deleted ? 'gone' : ''}`, 'aria-current': row.externalUserId === view.chat, onclick: () => choose({ chat: row.externalUserId }),
  }, row.at ? h('time', {}, moment(row.at, view.state.now)) : null, row.remark ? `${row.remark}（${row.name}）` : row.name, h('span', { class: 'last' }, row.last ?? row.lines?.at(-1)?.text ?? ''))))
}

function kfSession() {
  return view.state.kf.flatMap((account) => account.sessions.map((session) => ({ ...session, account }))).find((session) => session.externalUserId === view.chat)
}

function showTalk() {
  const { chat, messages, now } = view.state
  const session = view.tab === 'kf' ? kfSession() : undefined
  const open = view.tab === 'chats' ? chat : session
  byId('composer').hidden = open === undefined || open === null
  part('title', view.tab === 'app' ? 'app' : [open?.name, chat?.tags, chat?.type, session?.state], () => view.tab === 'app' ? ['应用消息']
    : open ? [open.name, h('small', {}, session ? `微信客服 · ${session.account.name}` : `@微信  ${chat.tags.join('、')}`)] : ['选择一个会话'])
  const changed = part('lines', view.tab === 'app' ? ['app', view.staff, messages] : open?.lines ?? [], () =>
    view.tab === 'app' ? appMessages(messages, view.staff, refresh) : chatLines(open?.lines ?? [], now))
  if (changed) byId('lines').scrollTop = byId('lines').scrollHeight
}

const faultNames = { duplicate: '重复', drop: '丢失', delayMs: '延迟', reorderMs: '乱序' }
const faultValues = { duplicate: 0.5, drop: 0.2, delayMs: 5000, reorderMs: 2000 }

function showWire() {
  const { callbackFaults, deliveries, apiFaults } = view.state
  part('faults', [callbackFaults, apiFaults], () => [
    ...Object.entries(faultNames).map(([name, label]) => h('label', {}, h('input', {
      type: 'checkbox', checked: callbackFaults[name] > 0, onchange: (event) => control('setCallbackFaults', { [name]: event.target.checked ? faultValues[name] : 0 }),
    }), `回调${label}`)),
    ...[['busy', '接口 -1'], ['limit', '接口 45009'], ['slow', '接口慢 3 秒']].map(([kind, label]) => h('label', {}, h('input', {
      type: 'checkbox', checked: apiFaults.some((fault) => fault.kind === kind),
      onchange: (event) => event.target.checked ? control('addApiFault', { path: '*', kind, probability: 0.5, ...(kind === 'slow' ? { ms: 3000 } : {}) }) : control('clearApiFaults'),
    }), label)),
  ])
  part('deliveries', deliveries, () => h('table', {}, deliveries.toReversed().map((each) => h('tr', { class: each.outcome },
    h('td', {}, String(each.id)), h('td', {}, each.name), h('td', {}, each.outcome), h('td', {}, `${each.attempts} 次`)))))
}

byId('composer').addEventListener('submit', async (event) => {
  event.preventDefault()
  const text = byId('text').value.trim()
  if (text === '') return
  const asCustomer = event.submitter?.value === 'customer'
  const session = view.tab === 'kf' ? kfSession() : undefined
  if (session !== undefined && asCustomer) await control('customerSendsKf', session.account.openKfId, { externalUserId: view.chat }, text)
  else if (session !== undefined) await control('memberSendsKf', session.account.openKfId, view.chat, text)
  else await control(asCustomer ? 'customerSays' : 'staffSays', view.staff, view.chat, text)
  byId('text').value = ''
  refresh()
})
byId('find-staff').addEventListener('input', (event) => {
  view.findStaff = event.target.value
  show()
})
byId('find-chat').addEventListener('input', (event) => {
  view.findChat = event.target.value
  refresh()
})

await refresh()
choose({})
const scanned = new URLSearchParams(location.search).get('scan')
if (scanned !== null) {
  history.replaceState(null, '', location.pathname)
  scanDialog(view.state.ways, scanned, openChat)
}
setInterval(refresh, 1000)
