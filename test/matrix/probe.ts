import { containsMask, customerFieldNames, customerFields } from '#shared/access/index'
import type { Contract } from '#shared/contracts/contract'
import { CustomerPatch } from '#shared/contracts/customers'
import type { Person, Reply } from '../support/person.ts'
import { nameOf, pathOf, requests } from '../stories/support/route-requests.ts'

/** A value that the contract accepts for each field that somebody may try to write. */
export const samples: Readonly<Record<string, unknown>> = {
  name: '新名', birthday: '1991-01-01', preferences: ['热'], remark: '新备注', mobile: '13800138000', email: 'a@b.example', address: '新地址', contractAmountFen: 1, stage: 'lead', memberLevel: 1,
}
export const writtenFields = Object.keys(CustomerPatch.shape).filter((name) => name !== 'version')

/** Asks a route as its request says. */
export async function ask(person: Person, contract: Contract, id: string, publicUrl: string): Promise<Reply> {
  const { body } = requests[nameOf(contract)] ?? {}
  return person.send(contract.method, pathOf(contract, id, publicUrl), body === undefined ? {} : { body: JSON.stringify(body) })
}

/** Which fields this person may write of this customer: each is tried alone with a version that cannot be the present one. */
export async function tryWrites(person: Person, externalUserId: string): Promise<string> {
  const writable: string[] = []
  for (const field of writtenFields) {
    const reply = await person.patch(`/api/customers/${externalUserId}`, { version: 987_654, [field]: samples[field] })
    if (reply.status === 404 || reply.body.error.code === 'access.denied') return String(reply.status)
    if (reply.status === 409) writable.push(field)
    else if (reply.status !== 403) throw new Error(`${field} was answered ${reply.status}`)
  }
  return writable.length === 0 ? 'nothing' : writable.join(' ')
}

const shortUnit = (unit: string) => unit.slice(unit.indexOf('.') + 1)

/** `profile contact* spending(spendTotalFen orderCount)`: whole units by name, a star for masked, parts in brackets. */
export function fieldWords(fields: Readonly<Record<string, string>>): string {
  const units = [...new Set(customerFieldNames.map((field) => customerFields[field].unit))]
  const words = units.flatMap((unit) => {
    const names = customerFieldNames.filter((field) => customerFields[field].unit === unit)
    const shown = names.filter((field) => fields[field] !== undefined)
    if (shown.length === 0) return []
    const masked = new Set(shown.filter((field) => fields[field] === 'masked'))
    if (shown.length === names.length && masked.size === 0) return [shortUnit(unit)]
    if (shown.length === names.length && masked.size === names.length) return [`${shortUnit(unit)}*`]
    return [`${shortUnit(unit)}(${shown.map((field) => `${field}${masked.has(field) ? '*' : ''}`).join(' ')})`]
  })
  return words.length === 0 ? 'nothing' : words.join(' ')
}

/** `profile:VE contact:V`: the operations that a card names. */
export function operationWords(operations: readonly string[]): string {
  const units = [...new Set(operations.map((operation) => operation.slice(0, operation.lastIndexOf('.'))))]
  return units.map((unit) => `${shortUnit(unit)}:${['view', 'edit', 'operate'].filter((level) => operations.includes(`${unit}.${level}`)).map((level) => level.charAt(0).toUpperCase()).join('')}`).join(' ')
}

/** Every value of an answer by its path (`items[].amountFen`), and whether some value there is masked. Empty values say nothing. */
export function leavesOf(value: unknown, path = '', found = new Map<string, boolean>()): Map<string, boolean> {
  if (Array.isArray(value)) for (const one of value) leavesOf(one, `${path}[]`, found)
  else if (typeof value === 'object' && value !== null) for (const [name, one] of Object.entries(value)) leavesOf(one, path === '' ? name : `${path}.${name}`, found)
  else if (value !== null) found.set(path, found.get(path) === true || (typeof value === 'string' && containsMask(value)))
  return found
}
