import { foldedUnits, foldPair, invisible, lead, other, separator } from '../text/fold.ts'
import type { Hit } from '../hits.ts'

/** A row of digits that a reader takes for one number, with the place of each. */
interface Digits {
  text: string
  places: number[]
  /** Where a new group begins, counted in digits. */
  groups: Set<number>
}

/** Letters that stand for digits inside a long number. */
const asDigit: Readonly<Record<string, string>> = { o: '0', l: '1', i: '1', 幺: '1', 洞: '0', 两: '2' }
const mostBetween = 3

/** Rows of at least eleven digits. Full-width, circled and Chinese digits count; few separators may stand between. */
function* rowsOf(text: string): Generator<Digits> {
  let row: Digits = { text: '', places: [], groups: new Set([0]) }
  let between = 0
  for (let place = 0; place <= text.length; place += 1) {
    const code = text.charCodeAt(place)
    let unit = place === text.length ? other : foldedUnits[code] ?? other
    const start = place
    if (unit === lead) unit = foldPair(code, text.charCodeAt(++place))
    if (unit === invisible) continue
    const character = unit > lead ? String.fromCharCode(unit) : ''
    const digit = character >= '0' && character <= '9' ? character : row.text.length > 0 ? asDigit[character] : undefined
    if (digit !== undefined || (character === 'x' && row.text.length >= 17)) {
      if (between > 0) row.groups.add(row.text.length)
      row.text += digit ?? 'x'
      row.places.push(start)
      between = 0
      continue
    }
    if (unit === separator && row.text.length > 0 && ++between <= mostBetween) continue
    if (row.text.length >= 11) yield row
    row = { text: '', places: [], groups: new Set([0]) }
    between = 0
  }
}

const orderBefore = /(?:订单|单号|快递|运单|流水|编号|编码|序列|物流|发票号|税号|备案|许可|合同号|批号|条码|货号|信用代码)[^，。！？\n]{0,6}$/

/** Full phone, identity and bank card numbers; they must not leave. The answer names the kind, never the number. */
export function checkNumbers(text: string): Hit[] {
  const hits: Hit[] = []
  for (const row of rowsOf(text)) {
    for (let from = 0; from < row.text.length;) {
      const found = numberAt(row, from, orderBefore.test(text.slice(Math.max(0, (row.places[from] ?? 0) - 12), row.places[from])))
      if (found === null) {
        from += 1
        continue
      }
      hits.push({ start: row.places[from] ?? 0, end: (row.places[from + found.length - 1] ?? 0) + 1, category: 'personal', severity: 'block', word: found.kind, reason: `personal.${found.kind}`, proposal: null })
      from += found.length
    }
  }
  return hits
}

interface Recognised { readonly kind: 'phone' | 'id' | 'card', readonly length: number }

/** A number begins and ends where a group of digits does, or it would be cut out of a longer one. */
function numberAt({ text, groups }: Digits, from: number, isOrder: boolean): Recognised | null {
  if (!groups.has(from)) return null
  const afterCode = codeLength(text.slice(from, from + 5))
  const endsAt = (length: number) => from + length === text.length || groups.has(from + length)
  const part = (length: number) => text.slice(from, from + length)
  if (endsAt(18) && isIdentity(part(18))) return { kind: 'id', length: 18 }
  for (const length of [afterCode + 11, 11]) if (endsAt(length) && /^1[3-9]\d{9}$/.test(text.slice(from + length - 11, from + length)) && !isOrder) return { kind: 'phone', length }
  if (isOrder) return null
  for (const length of [19, 16, 17, 18]) if (endsAt(length) && isCard(part(length))) return { kind: 'card', length }
  return null
}

const codeLength = (text: string): number => /^(?:0086|086|86)(?=1[3-9])/.exec(text)?.[0].length ?? 0

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Eighteen places with a day of birth that exists and the right check digit (GB 11643). */
function isIdentity(text: string): boolean {
  const parts = /^[1-9]\d{5}(19|20)(\d\d)(\d\d)(\d\d)\d{3}[\dx]$/.exec(text)
  if (parts === null) return false
  const month = Number(parts[3])
  const day = Number(parts[4])
  if (month < 1 || month > 12 || day < 1 || day > 31) return false
  const sum = weights.reduce((total, weight, place) => total + weight * Number(text[place]), 0)
  return '10x98765432'[sum % 11] === text[17]
}

/** UnionPay's own and the international cards, with the right check digit (Luhn). */
function isCard(text: string): boolean {
  if (!/^\d+$/.test(text) || !(text.startsWith('62') || (text.length === 16 && /^[345]/.test(text)))) return false
  let sum = 0
  for (const [place, digit] of [...text].reverse().entries()) {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}
