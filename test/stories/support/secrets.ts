import { expect } from 'vitest'

/** What nobody may read unless `fields` says that it is shown in clear. */
export interface Secrets {
  readonly externalUserId: string
  readonly mobile: string
  readonly email: string
  readonly address: string
  readonly contractAmountFen: number
}

/** A different set for each number; none of it occurs anywhere else in the company. */
export const secretsOf = (externalUserId: string, place: number): Secrets => ({
  externalUserId, mobile: `1381357${String(2_000 + place)}`, email: `geheim${place}@kunde.example`, address: `杭州市西湖区曙光路${700 + place}号青芝坞${place}幢`,
  contractAmountFen: 7_310_000_000 + place * 7_700,
})

/** Every way in which these would stand in a text. */
function spellings(one: Secrets): string[] {
  const { mobile } = one
  const yuan = one.contractAmountFen / 100
  return [
    mobile, `${mobile.slice(0, 3)} ${mobile.slice(3, 7)} ${mobile.slice(7)}`, `${mobile.slice(0, 3)}-${mobile.slice(3, 7)}-${mobile.slice(7)}`,
    [...mobile].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(''),
    one.email, one.address, String(one.contractAmountFen), yuan.toFixed(2), String(yuan), yuan.toLocaleString('en-US'),
  ]
}

interface Card {
  readonly customer: Record<string, unknown>
  readonly fields: Record<string, string>
}

/** The answer without what its `fields` declare as clear. */
function withoutDeclared(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withoutDeclared)
  if (typeof body !== 'object' || body === null) return body
  const copy = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withoutDeclared(value)]))
  if (!('customer' in copy) || !('fields' in copy)) return copy
  const { customer, fields } = copy as unknown as Card
  const declared = Object.keys(customer).filter((name) => fields[name] === 'clear' && ['mobile', 'email', 'address', 'contractAmountFen'].includes(name))
  return { ...copy, customer: Object.fromEntries(Object.entries(customer).filter(([name]) => !declared.includes(name))) }
}

/** No phone number, e-mail, address or contract amount of any customer stands in this answer unless it is declared as clear. */
export function expectNoSecret(answer: { readonly text: string; readonly body: unknown }, all: readonly Secrets[], where: string): void {
  const rest = answer.body === null ? answer.text : JSON.stringify(withoutDeclared(answer.body))
  const found = all.flatMap((one) => spellings(one).filter((spelling) => rest.includes(spelling)).map((spelling) => ({ where, of: one.externalUserId, spelling })))
  expect(found).toEqual([])
}

/** Values and `fields` must name the same things. */
export function expectOnlyDeclaredFields(card: Card, beside: readonly string[]): void {
  expect(Object.keys(card.customer).filter((name) => !beside.includes(name)).sort()).toEqual(Object.keys(card.fields).sort())
}
