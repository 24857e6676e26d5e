/**
 * A phone number as E.164, or null when it is none. Numbers without a country code are taken as mainland ones.
 * The same person written in two ways must find the same row (S50).
 */
export function normalisePhone(text: string): string | null {
  // \p{Cf}: address books copy invisible marks along.
  const digits = text.normalize('NFKC').replace(/[\s\p{Cf}\-–—.()·_]/gu, '')
  // The zero of national calls after the country code, as in +86 (0)10 …, says nothing.
  const plain = digits.replace(/^(?:\+|00)86(?=0[1-9])/, '')
  if (/^(?:\+86|0086|86)?1[3-9]\d{9}$/.test(plain)) return `+86${plain.slice(-11)}`
  if (/^(?:\+|00)[1-9]\d{6,14}$/.test(plain)) return `+${plain.replace(/^(?:\+|00)/, '')}`
  if (/^0\d{9,11}$/.test(plain)) return `+86${plain.slice(1)}`
  return null
}
