import { randomBytes } from 'node:crypto'
import { In, IsNull, Not, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { staffRoles } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox } from '../jobs/index.ts'
import { departments, staff, staffDepartments, type Department } from '../organization/index.ts'
import type { Screenings } from '../screening/index.ts'
import { entrances, type Entrance } from './entrance.entity.ts'
import { screenWelcome, welcomeOf } from './welcome-text.ts'

/** Roles whose holders receive the customers who scan their store's code. */
const receiving = ['clerk', 'sales', 'store-manager']
/** WeCom takes at most 100 people per code (41041). */
const mostPeople = 100

/** The entrance that a `state` of WeCom names. */
export function entranceOfState(db: EntityManager, state: string): Promise<Entrance | null> {
  return db.getRepository(entrances).findOneBy({ state })
}

/** Who stands behind a store's code now: its active clerks, else its manager. */
export async function peopleOf(db: EntityManager, departmentId: number): Promise<string[]> {
  const members = await db.getRepository(staffDepartments).findBy({ departmentId })
  if (members.length === 0) return []
  const ids = members.map((member) => member.staffId)
  const people = await db.getRepository(staff).findBy({ id: In(ids), status: 'active' })
  const held = await db.getRepository(staffRoles).findBy({ staffId: In(ids), roleKey: In(receiving) })
  const clerks = new Set(held.filter((role) => role.roleKey !== 'store-manager').map((role) => role.staffId))
  const all = new Set(held.map((role) => role.staffId))
  const chosen = clerks.size > 0 ? clerks : all
  return people.filter((person) => chosen.has(person.id)).map((person) => person.userid).sort().slice(0, mostPeople)
}

/**
 * After a reading of the directory: every store has one code, and each code knows the present people of its store.
 * What WeCom must be told is left to effects.
 */
export async function keepStoreEntrances(work: UnitOfWork, screenings: Pick<Screenings, 'scanAll'>, now: number): Promise<void> {
  const stores = await work.db.getRepository(departments).findBy({ kind: 'store', deletedAt: IsNull() })
  const known = new Map((await work.db.getRepository(entrances).findBy({ status: Not('closed') })).map((row) => [row.departmentId, row]))
  for (const store of stores) {
    const people = await peopleOf(work.db, store.id)
    const entrance = known.get(store.id)
    if (entrance === undefined) await wantEntrance(work, screenings, store, people, now)
    else await refreshPeople(work, entrance, people, now)
  }
}

async function wantEntrance(work: UnitOfWork, screenings: Pick<Screenings, 'scanAll'>, store: Department, people: readonly string[], now: number): Promise<void> {
  if (people.length === 0) return
  const welcome = await screenWelcome(screenings, welcomeOf(store.name), work.db)
  const entrance: Entrance = {
    id: uuid(), departmentId: store.id, state: `s${store.id}-${randomBytes(6).toString('hex')}`, configId: null, qrCode: null,
    remark: [...store.name].slice(0, 30).join(''), welcomeText: welcome.text ?? '', tagIds: [], userids: [...people], status: 'wanted',
    createdAt: now, updatedAt: now, version: 1,
  }
  await work.db.getRepository(entrances).insert(entrance)
  await wantCreation(work, entrance)
}

/** Wanted again with each reading of the directory until WeCom has made the code: one unsuitable person must not cost a store its code. */
async function wantCreation(work: UnitOfWork, entrance: Entrance): Promise<void> {
  await addOutbox(work, {
    kind: 'entrance.create', orderKey: `entrance:${entrance.id}`, payload: { entranceId: entrance.id }, uniqueKey: `entrance.create:${entrance.id}`, reviveParked: true,
  })
}

async function refreshPeople(work: UnitOfWork, entrance: Entrance, people: readonly string[], now: number): Promise<void> {
  if (entrance.configId === null) await wantCreation(work, entrance)
  // An empty store keeps its code with the people WeCom knows: a code without anybody is refused there.
  if (people.length === 0 || people.join('|') === entrance.userids.join('|')) return
  await work.db.getRepository(entrances).update({ id: entrance.id }, { userids: [...people], updatedAt: now, version: entrance.version + 1 })
  await addOutbox(work, {
    kind: 'entrance.people', orderKey: `entrance:${entrance.id}`, payload: { entranceId: entrance.id }, uniqueKey: `entrance.people:${entrance.id}`, whileRunning: 'again', reviveParked: true,
  })
}
