/** What takes the place of digits. A written value that contains a mask is refused. */
const stars = '****'

/** `¥***`: no digit and no length of the amount. */
export const moneyMask = '¥***' as const

/** `138****1234`; numbers of other lengths keep at most their first three and last two digits. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  const national = /^(?:0086|86)?(1\d{10})$/.exec(digits)?.[1] ?? digits
  if (national.length >= 11) return `${national.slice(0, 3)}${stars}${national.slice(-4)}`
  return national.length >= 7 ? `${national.slice(0, 3)}${stars}${national.slice(-2)}` : stars
}

/** `l***@example.com`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 1 ? stars : `${email.slice(0, 1)}***${email.slice(at)}`
}

/** The province and city part stays: `上海市浦东****`. */
export function maskAddress(address: string): string {
  return [...address].length <= 6 ? stars : `${[...address].slice(0, 6).join('')}${stars}`
}

/** Digits as people write them: ASCII or full-width, with up to two blanks, signs or invisible characters between. */
const digit = '[0-9０-９]'
const gap = '[\\s\\p{Cf}\\-–—.·_,，/()（）]{0,2}'
const run = (from: number, to: number) => `${digit}(?:${gap}${digit}){${from - 1},${to - 1}}`

const identity = new RegExp(`(?<!${digit})${run(17, 17)}${gap}[0-9０-９XxＸｘ](?!${digit})`, 'gu')
const bankCard = new RegExp(`(?<!${digit})${run(13, 19)}(?!${digit})`, 'gu')
/** Runs of other lengths, in one piece: a phone number with something before or behind it. */
const longRun = new RegExp(`(?<!${digit})(?:${digit}{12}|${digit}{20,})(?!${digit})`, 'gu')
const phoneNumber = new RegExp(`(?<!${digit})(?:[+＋]?(?:86|８６)${gap})?[(（]?[1１]${gap}[3-9３-９](?:${gap}${digit}){9}(?!${digit})`, 'gu')
const foreignNumber = new RegExp(`[+＋]${run(7, 15)}(?!${digit})`, 'gu')
const landline = new RegExp(`(?<!${digit})[(（]?[0０]${digit}{2,3}${gap}${digit}{7,8}(?!${digit})`, 'gu')

const address = /[^\s@<>()（）[\]【】,，;；:：、。"“”]+@[^\s@<>()（）,，;；、。]+\.[a-z]{2,}/giu

const figures = `${digit}[0-9０-９,，.]*`
const numeral = '[零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]'
const amount = new RegExp([
  `(?:[¥￥$]|(?:RMB|CNY|USD|HKD|人民币|美元|港币)[\\s:：]*)\\s*${figures}(?:\\s*[万亿千百]${digit}*)?`,
  `${figures}\\s*(?:[万亿千百]?\\s*(?:元|块钱?|圆|RMB|CNY|人民币)|[万亿](?:${digit}+|(?![a-zA-Z])))`,
  `(?<=(?:价|款|额|金|费|付|共|计)[:：]?\\s?)${digit}{3}[0-9０-９,，.]*`,
  `${numeral}{2,}\\s*(?:元|块钱?|圆)`,
  `[一二三四五六七八九两壹贰叁肆伍陆柒捌玖]+[十百拾佰]?[万千亿仟]${numeral}*`,
].map((part) => `(?:${part})`).join('|'), 'giu')

const plain = (text: string) => text.replace(/[０-９]/gu, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replace(/\D/gu, '')

/** Masks phone, bank card and identity numbers and e-mail addresses inside a text such as a name or a remark (T07). */
export function maskNumbers(text: string): string {
  return text
    .replace(identity, (found) => `${plain(found).slice(0, 3)}${'*'.repeat(8)}`)
    .replace(phoneNumber, (found) => maskPhone(plain(found)))
    .replace(foreignNumber, (found) => `+${stars}${plain(found).slice(-2)}`)
    .replace(bankCard, (found) => `${stars}${plain(found).slice(-4)}`)
    .replace(landline, () => stars)
    .replace(longRun, (found) => `${stars}${plain(found).slice(-4)}`)
    .replace(address, (found) => maskEmail(found))
}

/** Masks these numbers wherever their digits stand, also in the middle of a longer one: a customer's own phone number is known. */
export function maskKnown(text: string, numbers: readonly string[]): string {
  return numbers.reduce((masked, number) => {
    const digits = [...number].map((one) => `[${one}${String.fromCharCode(one.charCodeAt(0) + 0xfee0)}]`)
    return digits.length < 7 ? masked : masked.replace(new RegExp(digits.join(gap), 'gu'), () => maskPhone(number))
  }, text)
}

/**
 * Masks the phone numbers inside an identifier such as an order number (T07): the customer's own ones anywhere, others where they
 * stand by themselves. Its other digits stay, or nobody could use it.
 */
export function maskIdentifier(identifier: string, ownNumbers: readonly string[]): string {
  return maskKnown(identifier, ownNumbers)
    .replace(phoneNumber, (found) => maskPhone(plain(found)))
    .replace(foreignNumber, (found) => `+${stars}${plain(found).slice(-2)}`)
}

/** Masks numbers and amounts of money inside a text: chat messages, notes, search hits (S36). */
export function maskMoneyAndNumbers(text: string): string {
  return maskNumbers(text).replace(amount, moneyMask)
}

/** Whether a written value holds what a mask leaves behind. */
export function containsMask(value: string): boolean {
  return /[*＊﹡∗✱•●]{3,}/u.test(value.replace(/\p{Cf}/gu, ''))
}
