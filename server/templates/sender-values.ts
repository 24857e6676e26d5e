import { In, type EntityManager } from 'typeorm'
import { departments, staff } from '../organization/index.ts'
import type { TemplateVariableName } from '#shared/template-words'

export type SenderVariable = Extract<TemplateVariableName, `sender_${string}`>
export type SenderValues = Readonly<Record<SenderVariable, string>>

/** What stands for somebody about whom nothing is known; `fillTemplate` refuses what is empty. */
const unknown: SenderValues = { sender_name: '', sender_position: '', sender_department: '' }
const atOnce = 500

/** The variables of those who send: the same in all messages of one person. */
export async function senderValuesOf(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, SenderValues>> {
  const found = new Map(staffIds.map((id) => [id, unknown]))
  for (let from = 0; from < staffIds.length; from += atOnce) {
    const people = await db.getRepository(staff).findBy({ id: In(staffIds.slice(from, from + atOnce)) })
    const homes = [...new Set(people.flatMap(({ mainDepartmentId }) => (mainDepartmentId === null ? [] : [mainDepartmentId])))]
    const names = new Map((homes.length === 0 ? [] : await db.getRepository(departments).findBy({ id: In(homes) })).map((one) => [one.id, one.name]))
    for (const { id, name, position, mainDepartmentId } of people) {
      found.set(id, { sender_name: name, sender_position: position, sender_department: mainDepartmentId === null ? '' : names.get(mainDepartmentId) ?? '' })
    }
  }
  return found
}

/** The same of one person. */
export const senderValues = async (db: EntityManager, staffId: string): Promise<SenderValues> => (await senderValuesOf(db, [staffId])).get(staffId) ?? unknown
