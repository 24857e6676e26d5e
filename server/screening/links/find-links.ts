import { invisible, simplifiedUnits } from '../text/fold.ts'
import { chineseTopLevels, topLevels } from './hosts.ts'

/** A link as it stands in a text, however it is spelled. */
export interface Link {
  readonly start: number
  readonly end: number
  /** With a scheme, as a browser would be given it. */
  readonly address: string
  readonly scheme: string
  /** Spelled so that programs do not see it. */
  readonly disguised: boolean
  /** Without a scheme. */
  readonly bare: boolean
}

const trigger = /[.。．｡点點·․]|:\/\/|：\/\/|dot|javascript|weixin/i
/** 点, the dot as it is read aloud. */
const dotWord = '点'.charCodeAt(0)
const isPlain = (unit: number): boolean => (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x7a)

/** The text with plain letters, digits and dots, and for each of its units the place in the original. */
interface Plain {
  readonly text: string
  readonly places: readonly number[]
}

function plainOf(text: string): Plain {
  let plain = ''
  const places: number[] = []
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place)
    const folded = simplifiedUnits[code] ?? 0
    if (folded === invisible) continue
    plain += isPlain(folded) || folded === dotWord ? String.fromCharCode(folded) : code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : '｡．․'.includes(text.charAt(place)) ? '.' : text.charAt(place)
    places.push(place)
  }
  places.push(text.length)
  return { text: plain, places }
}

const ends = '\\s<>"\'`，！？；、（）【】《》「」“”…'
const withScheme = new RegExp(`(?<![a-z])([a-z][a-z0-9+-]{1,12})\\s?:\\s?//\\s?([^${ends}]+)`, 'g')
const opaque = /(?<![a-z])(javascript|data|vbscript):(?=\S)[^\s，。]+/g
const dot = '(?:\\.|。|\\s?(?:点儿?|[\\[(（【](?:\\.|点|dot)[\\])）】]|·)\\s?|\\s(?:dot|\\.)\\s?|\\.\\s)'
const bareHost = new RegExp(`(?<![a-z0-9@.-])((?:[a-z0-9][a-z0-9-]{0,62}${dot}){1,5}(?:${topLevels}))(?![a-z0-9-])((?::\\d{1,5})?(?:[/?#][^${ends}\\u4e00-\\u9fff]*)?)`, 'g')
const chineseHost = new RegExp(`((?:[\\u4e00-\\u9fa5a-z0-9-]{1,12}[.。]){1,2}(?:${chineseTopLevels}))(?![\\u4e00-\\u9fa5])`, 'g')
const address4 = /(?<![\d.])((?:\d{1,3}\.){3}\d{1,3})(?![\d.])((?::\d{1,5})?(?:\/[^\s，。]*)?)/g

/** Every link of a text, spelled with or without disguise; linear in the text. */
export function findLinks(text: string): Link[] {
  if (!trigger.test(text)) return []
  const { text: plain, places } = plainOf(text)
  const links: Link[] = []
  const spanOf = (start: number, length: number) => ({ start: places[start] ?? 0, end: (places[start + length - 1] ?? text.length - 1) + 1 })
  const isFree = (start: number, length: number) => links.every((one) => one.end <= (places[start] ?? 0) || one.start >= (places[start + length - 1] ?? 0))
  for (const match of plain.matchAll(withScheme)) {
    const [whole, scheme = '', rest = ''] = match
    const body = cut(rest)
    const length = whole.length - (rest.length - body.length)
    links.push({ ...spanOf(match.index, length), scheme: scheme === 'hxxp' || scheme === 'hxxps' ? 'http' : scheme, address: `${scheme.startsWith('hxxp') ? 'http' : scheme}://${body.replaceAll('。', '.')}`, disguised: scheme.startsWith('hxxp') || /\s/.test(whole) || isRespelled(text, places, match.index, length), bare: false })
  }
  for (const match of plain.matchAll(opaque)) if (isFree(match.index, match[0].length)) links.push({ ...spanOf(match.index, match[0].length), scheme: match[1] ?? '', address: match[0], disguised: false, bare: false })
  for (const match of plain.matchAll(bareHost)) {
    const [whole, host = '', rest = ''] = match
    if (!isFree(match.index, whole.length) || /^[\d.]+$/.test(host)) continue
    const spelled = host.replace(new RegExp(dot, 'g'), '.')
    links.push({ ...spanOf(match.index, whole.length), scheme: 'http', address: `http://${spelled}${rest}`, disguised: spelled !== host || isRespelled(text, places, match.index, whole.length), bare: true })
  }
  for (const match of plain.matchAll(chineseHost)) if (isFree(match.index, match[0].length)) links.push({ ...spanOf(match.index, match[0].length), scheme: 'http', address: `http://${match[0].replaceAll('。', '.')}`, disguised: match[0].includes('。'), bare: true })
  for (const match of plain.matchAll(address4)) if (isFree(match.index, match[0].length)) links.push({ ...spanOf(match.index, match[0].length), scheme: 'http', address: `http://${match[0]}`, disguised: false, bare: true })
  return links
}

/** Where an address ends although no space follows: at a sentence end and at Chinese text behind a path or a top-level domain. */
function cut(rest: string): string {
  const slash = rest.search(/[/?#]/)
  const host = slash < 0 ? rest : rest.slice(0, slash)
  const hostEnd = /。(?![a-z0-9]|中国|公司|网络|在线)|(?<=\.(?:com|cn|net|org|top|xyz|vip|cc|info|io|me))(?=[\u4e00-\u9fff])|(?<=:\d{1,5})(?=[\u4e00-\u9fff])/.exec(host)
  if (hostEnd !== null) return host.slice(0, hostEnd.index)
  const tail = slash < 0 ? '' : rest.slice(slash)
  const tailEnd = tail.search(/[\u3000-\u303f\u4e00-\u9fff]/)
  return (host + (tailEnd < 0 ? tail : tail.slice(0, tailEnd))).replace(/[.,:)\]]+$/, '')
}

/** Written with other characters than plain ones. */
function isRespelled(text: string, places: readonly number[], start: number, length: number): boolean {
  for (let place = start; place < start + length; place += 1) {
    const code = text.charCodeAt(places[place] ?? 0)
    if (code > 0x7f && (code < 0x3000 || code > 0x9fff || code === 0x3002)) return true
  }
  return (places[start + length - 1] ?? 0) - (places[start] ?? 0) >= length
}
