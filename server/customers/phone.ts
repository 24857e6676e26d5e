/**
 * A phone number as E.164, or null when it is none. Numbers without a country code are taken as mainland ones.
 * The same person written in two ways must find the same row (S50).
 */
export function normalisePhone(text: string): string | null {
  const plain = text.normalize('NFKC').replace(/[\s\-–—.()·_]/g, '')
  if (/^(?:\+86|0086|86)?1[3-9]\d{9}$/.test(plain)) return `+86${plain.slice(-11)}`
  if (/^(?:\+|00)[1-9]\d{6,14}$/.test(plain)) return `+${plain.replace(/^(?:\+|00)/, '')}`
  if (/^0\d{9,11}$/.test(plain)) return `+86${plain.slice(1)}`
  return null
}
