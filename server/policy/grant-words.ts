import { In, type EntityManager } from 'typeorm'
import { customerFieldNames, customerFields, isOperation, isUnit, units, type RoleGrant, type Scope } from '#shared/access/index'
import { departments } from '../organization/index.ts'

/** What a grant says, in words for cards and messages. Names of departments, never anything of a customer. */

const levelWords: Readonly<Record<string, string>> = { view: '查看', edit: '编辑', operate: '操作' }

/** `到店记录（查看）、标签（查看、编辑）`. */
export function operationWords(operations: readonly string[]): string {
  const levels = new Map<string, string[]>()
  for (const operation of operations.filter(isOperation)) {
    const at = operation.lastIndexOf('.')
    const unit = operation.slice(0, at)
    const name = isUnit(unit) ? units[unit].zh : unit
    levels.set(name, [...levels.get(name) ?? [], levelWords[operation.slice(at + 1)] ?? ''])
  }
  return [...levels].map(([name, held]) => `${name}（${held.join('、')}）`).join('、')
}

const scopeNames: Readonly<Record<Exclude<Scope['kind'], 'departments' | 'customers'>, string>> = {
  followed: '本人跟进的客户', own: '归属本人的客户', team: '本部门客户', subtree: '本部门及下级客户', pool: '公海客户', all: '全部客户',
}

async function scopeWords(db: EntityManager, scope: Scope): Promise<string> {
  if (scope.kind === 'customers') return `${scope.customerIds.length} 位客户`
  if (scope.kind !== 'departments') return scopeNames[scope.kind]
  const names = (await db.getRepository(departments).findBy({ id: In(scope.departmentIds.slice(0, 20)) })).map((row) => row.name)
  return `${names.join('、')}${scope.departmentIds.length > 20 ? ` 等 ${scope.departmentIds.length} 个部门` : ''}`
}

/** The lines of one grant on a card. */
export async function grantLines(db: EntityManager, grant: RoleGrant): Promise<{ label: string, value: string }[]> {
  return [
    { label: '内容', value: operationWords(grant.operations) },
    { label: '范围', value: `${await scopeWords(db, grant.scope)}${grant.conditions.length > 0 ? `（另有 ${grant.conditions.length} 项条件）` : ''}` },
    ...clearLines([grant]),
  ]
}

/** Whoever agrees reads what is to be shown in clear though it is masked by default; nothing where there is nothing such. */
export function clearLines(grants: readonly RoleGrant[]): { label: string, value: string }[] {
  const clear = customerFieldNames.filter((field) => customerFields[field].default === 'masked' && grants.some((grant) => grant.fields[field] === 'clear'))
  return clear.length === 0 ? [] : [{ label: '明文显示', value: clear.map((field) => customerFields[field].zh).join('、') }]
}

/** `11/25 14:00`, in the company's time zone. */
export function timeWords(zone: string, at: number): string {
  return new Intl.DateTimeFormat('zh-CN', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}
