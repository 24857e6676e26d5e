/** Makes an element: `h('button', { class: 'main', onclick }, 'text')`. Text is always text, never markup. */
export function h(tag, options = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'class') element.className = value
    else if (name in element && typeof value === 'boolean') element[name] = value
    else element.setAttribute(name, String(value))
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''))
  return element
}

export const byId = (id) => document.getElementById(id)

const shown = new Map()

/** Rebuilds a part of the page only when its data changed, so that nothing flickers or loses its place. */
export function part(id, data, build) {
  const key = JSON.stringify(data)
  if (shown.get(id) === key) return false
  shown.set(id, key)
  byId(id).replaceChildren(...[build()].flat().filter((node) => node !== null))
  return true
}

let timer = 0

export function notice(text) {
  byId('notice').textContent = text
  clearTimeout(timer)
  timer = setTimeout(() => { byId('notice').textContent = '' }, 4000)
}

/** The time of a moment, or its day when it is older than one. */
export function moment(at, now) {
  const date = new Date(at)
  if (now - at < 86_400_000) return date.toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit' })
  return `${date.getMonth() + 1}/${date.getDate()}`
}
