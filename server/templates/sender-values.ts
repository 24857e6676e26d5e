import type { EntityManager } from 'typeorm'
import { departments, staff } from '../organization/index.ts'
import type { TemplateVariableName } from '#shared/template-words'

export type SenderVariable = Extract<TemplateVariableName, `sender_${string}`>

/** The variables of the person who sends: the same in all his messages. What is not known is empty, which `fillTemplate` refuses. */
export async function senderValues(db: EntityManager, staffId: string): Promise<Readonly<Record<SenderVariable, string>>> {
  const person = await db.getRepository(staff).findOneBy({ id: staffId })
  const home = person === null || person.mainDepartmentId === null ? null : await db.getRepository(departments).findOneBy({ id: person.mainDepartmentId })
  return { sender_name: person?.name ?? '', sender_position: person?.position ?? '', sender_department: home?.name ?? '' }
}
