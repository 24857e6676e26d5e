import { h, moment } from './dom.js'
import { control } from './wire.js'

const labels = { welcome: '欢迎语', broadcast: '群发' }

/** The bubbles of a chat; staff are on the right. */
export function chatLines(lines, now) {
  return lines.map((line) => h('div', { class: `line ${line.from === 'system' ? 'system' : line.from === 'customer' ? '' : 'mine'}` },
    h('p', {}, line.text, line.from === 'system' ? null : h('em', {}, [labels[line.from], moment(line.at, now)].filter(Boolean).join(' · ')))))
}

/** The app's messages to a member, with cards whose buttons work. */
export function appMessages(messages, userid, refresh) {
  return messages.map((message) => message.msgtype === 'template_card' ? card(message, userid, refresh) : plain(message))
}

function plain(message) {
  const { title, description, content, url, articles } = message.body
  const text = content ?? description?.replace(/<br\s*\/?>/g, '\n').replace(/<[^>]+>/g, ' ') ?? articles?.map((article) => article.title).join('\n') ?? `[${message.msgtype}]`
  return h('div', { class: 'card' }, title ? h('h3', {}, title) : null, h('div', {}, text), url ? link(url, message.body.btntxt ?? '详情') : null)
}

function link(url, text) {
  return h('div', { class: 'buttons' }, h('a', { href: url, target: '_blank', rel: 'noreferrer' }, text))
}

function card(message, userid, refresh) {
  const body = message.body
  const rows = body.horizontal_content_list ?? []
  const options = (body.select_list ?? (body.button_selection ? [body.button_selection] : [])).map((each) => ({ ...each, element: choice(each) }))
  const boxes = (body.checkbox?.option_list ?? []).map((option) => ({ id: option.id, text: option.text, element: h('input', { type: body.checkbox.mode === 1 ? 'checkbox' : 'radio', name: message.msgid }) }))
  const selected = () => [
    ...options.map((each) => ({ questionKey: each.question_key, optionIds: [each.element.value] })),
    ...(body.checkbox ? [{ questionKey: body.checkbox.question_key, optionIds: boxes.filter((box) => box.element.checked).map((box) => box.id) }] : []),
  ]
  const tap = async (key) => {
    await control('tapCard', userid, { msgid: message.msgid }, key, { selected: selected() })
    refresh()
  }
  const greyed = message.replacedName !== null
  const buttons = [...body.button_list ?? [], ...(body.submit_button ? [body.submit_button] : [])]
  return h('div', { class: 'card' },
    h('h3', {}, body.main_title?.title ?? ''), h('div', {}, body.main_title?.desc ?? ''), h('div', {}, body.sub_title_text ?? ''),
    h('dl', {}, rows.flatMap((row) => [h('dt', {}, row.keyname), h('dd', {}, row.value ?? row.userid ?? '')])),
    options.map((each) => h('label', {}, each.title ?? '', each.element)), boxes.map((box) => h('label', {}, box.element, box.text)),
    h('div', { class: 'buttons' },
      greyed ? h('button', { disabled: true }, message.replacedName)
        : buttons.map((each) => each.type === 1 ? h('a', { href: each.url, target: '_blank', rel: 'noreferrer' }, each.text)
          : h('button', { class: each.style === 1 ? 'main' : each.style === 3 ? 'danger' : '', onclick: () => tap(each.key) }, each.text)),
      (body.action_menu?.action_list ?? []).map((each) => h('button', { onclick: () => tap(each.key) }, each.text)),
      body.card_action?.url ? h('a', { href: body.card_action.url, target: '_blank', rel: 'noreferrer' }, '打开') : null))
}

function choice(question) {
  return h('select', {}, question.option_list.map((option) => h('option', { value: option.id, selected: option.id === question.selected_id }, option.text)))
}
