import { In, type EntityManager } from 'typeorm'
import { assignRole, isStepDown, liftsRestriction, loadCompanyPolicy, nodeGrantsFor, staffRoles, staysNear, templateRules } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import type { WecomStaff } from '../wecom/index.ts'
import { keepWaiting, type Wish } from './directory-changes.ts'
import { departments, directoryChanges, staffDepartments, type Department, type Staff } from './organization.entity.ts'
import { planMemberships, planRole, type Membership } from './staff-changes.ts'

/**
 * How far WeCom's directory is believed when it adds rights (S54).
 * `first`: the first reading of a company; `agreed`: somebody decided it; `new`: a person never seen before;
 * `known`: changes of a known person wait; `returned`: a person who had left comes back without anything, not even the role
 * of a newcomer, until somebody agreed: his former customers still name the same row.
 */
export type Trust = 'first' | 'agreed' | 'new' | 'known' | 'returned'

export interface RightsWritten {
  /** Something in force changed. */
  readonly inForce: boolean
  /** What waits changed. */
  readonly waiting: boolean
}

/** Writes departments, leader flags and the role by rule, and what waits. */
export async function writeRights(work: UnitOfWork, row: Staff, person: WecomStaff, trust: Trust, now: number): Promise<RightsWritten> {
  const tree = await work.db.getRepository(departments).find()
  const known = new Set(tree.filter((one) => one.deletedAt === null).map((one) => one.id))
  const wanted: Membership[] = person.departments.filter((one) => known.has(one.id)).map((one) => ({ departmentId: one.id, isLeader: one.isLeader }))
  const current = await work.db.getRepository(staffDepartments).findBy({ staffId: row.id })
  const plan = planMemberships(current, wanted, trust !== 'known' && trust !== 'returned')
  const moved = await writeMemberships(work.db, row.id, plan.inForce, now)
  const returning = trust === 'returned' || (trust === 'known' && await waitsToReturn(work.db, row.id))
  const role = returning ? await takeRole(work.db, row.id) : await writeRole(work.db, row, factsOf(tree, plan.inForce), trust, now)
  const wishes: Wish[] = [...plan.waiting.map((one) => ({ ...one, roleKey: null })), ...role.waiting]
  const waiting = await keepWaiting(work.db, row.id, wishes, now)
  return { inForce: moved || role.changed, waiting }
}

async function writeMemberships(db: EntityManager, staffId: string, next: readonly Membership[], now: number): Promise<boolean> {
  const table = db.getRepository(staffDepartments)
  const current = await table.findBy({ staffId })
  let changed = false
  for (const row of current) {
    if (next.some((one) => one.departmentId === row.departmentId)) continue
    await table.delete({ staffId, departmentId: row.departmentId })
    changed = true
  }
  for (const one of next) {
    const row = current.find((other) => other.departmentId === one.departmentId)
    if (row === undefined) await table.insert({ staffId, departmentId: one.departmentId, isLeader: one.isLeader, since: now })
    else if (row.isLeader !== one.isLeader) await table.update({ staffId, departmentId: one.departmentId }, { isLeader: one.isLeader })
    else continue
    changed = true
  }
  return changed
}

interface DepartmentFact {
  readonly id: number
  readonly path: string
  readonly kind: Department['kind']
  readonly isLeader: boolean
}

function factsOf(tree: readonly Department[], memberships: readonly Membership[]): DepartmentFact[] {
  return memberships.flatMap((one) => {
    const node = tree.find((department) => department.id === one.departmentId)
    return node === undefined ? [] : [{ id: node.id, path: node.path, kind: node.kind, isLeader: one.isLeader }]
  })
}

async function writeRole(db: EntityManager, row: Staff, facts: readonly DepartmentFact[], trust: Trust, now: number): Promise<{ changed: boolean; waiting: Wish[] }> {
  const table = db.getRepository(staffRoles)
  const current = await table.findOneBy({ staffId: row.id, source: 'rule' })
  const byRule = await roleByRule(db, row, facts)
  const before = current?.roleKey ?? (trust === 'new' ? null : 'trainee')
  const plan = planRole(before, byRule, trust === 'first' || trust === 'agreed' || (before !== byRule && await mayHoldAtOnce(db, row.id, before, byRule)))
  const waiting: Wish[] = plan.waiting === null ? [] : [{ kind: 'role', departmentId: null, roleKey: plan.waiting }]
  if (current?.roleKey === plan.inForce) return { changed: false, waiting }
  if (current !== null) await table.delete({ staffId: row.id, roleKey: current.roleKey })
  const held = await table.findOneBy({ staffId: row.id, roleKey: plan.inForce })
  if (held === null) await table.insert({ staffId: row.id, roleKey: plan.inForce, source: 'rule', since: now })
  return { changed: true, waiting }
}

/**
 * Whether a role by rule needs nobody's agreement, by what it gives at this moment. For a newcomer (S10): it stays with his own
 * customers and departments, because whoever edits WeCom's directory could make himself such a person under another name. For a
 * known person: he only loses by it (S54), and no restriction that meets him as a holder of the former role ends by it.
 */
async function mayHoldAtOnce(db: EntityManager, staffId: string, before: string | null, byRule: string): Promise<boolean> {
  const company = await loadCompanyPolicy(db)
  const given = (roleKey: string) => [...company.grantsByRole.get(roleKey) ?? [], ...nodeGrantsFor(company.nodeGrants, staffId, [roleKey])].map(({ grant }) => grant)
  if (before === null) return staysNear(given(byRule))
  const held = (await db.getRepository(staffRoles).findBy({ staffId })).map((row) => row.roleKey)
  const after = [...held.filter((roleKey) => roleKey !== before), byRule]
  return isStepDown(given(before), given(byRule)) && !liftsRestriction(company, { staffId, before: held, after })
}

const waitsToReturn = (db: EntityManager, staffId: string): Promise<boolean> =>
  db.getRepository(directoryChanges).existsBy({ staffId, status: 'waiting', kind: 'return' })

/** Somebody who came back: no role by rule, and his return waits. */
async function takeRole(db: EntityManager, staffId: string): Promise<{ changed: boolean; waiting: Wish[] }> {
  const taken = await db.getRepository(staffRoles).delete({ staffId, source: 'rule' })
  return { changed: (taken.affected ?? 0) > 0, waiting: [{ kind: 'return', departmentId: null, roleKey: null }] }
}

/** The role that the rules would give this person with these departments in force: what agreeing to them would bring along. */
export async function roleWith(db: EntityManager, row: Staff, memberships: readonly Membership[]): Promise<string> {
  return roleByRule(db, row, factsOf(await db.getRepository(departments).find(), memberships))
}

async function roleByRule(db: EntityManager, row: Staff, facts: readonly DepartmentFact[]): Promise<string> {
  const rules = await db.getRepository(templateRules).find({ order: { rank: 'ASC' } })
  return assignRole(rules, { departments: facts, position: row.position, leader: facts.some((fact) => fact.isLeader) })
}

/**
 * Gives these people their role by rule anew after a change of our own settings (a department marked as a store, an edited rule):
 * that was decided here, so it holds at once. A role that waits because WeCom changed something keeps waiting (S54).
 */
export async function reassignRoles(db: EntityManager, people: readonly Staff[], now: number): Promise<void> {
  const tree = await db.getRepository(departments).find()
  for (const person of people) {
    if (await db.getRepository(directoryChanges).existsBy({ staffId: person.id, status: 'waiting', kind: In(['role', 'return']) })) continue
    const inForce = await db.getRepository(staffDepartments).findBy({ staffId: person.id })
    await writeRole(db, person, factsOf(tree, inForce), 'agreed', now)
  }
}
