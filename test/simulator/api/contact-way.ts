import * as z from 'zod'
import { isVisible, requireFollower, seconds, subtree } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomHex } from '../ids.ts'
import { page } from '../paging.ts'
import type { ContactWayRecord } from '../records.ts'
import { chars, cursor, fails, limit } from '../schema.ts'

const maxUsers = 100
const dayS = 86_400
const settings = {
  style: z.number(fails(40063, 41042)).int('41042').min(1, '41042').max(3, '41042').optional(),
  remark: chars(30).optional(),
  skip_verify: z.boolean().optional(),
  state: chars(30).optional(),
  user: z.array(z.string()).optional(),
  party: z.array(z.number().int()).optional(),
  expires_in: z.number().int().min(1).max(14 * dayS).optional(),
  chat_expires_in: z.number().int().min(1).max(14 * dayS).optional(),
  unionid: z.string().optional(),
  is_exclusive: z.boolean().optional(),
  mark_source: z.boolean().optional(),
  conclusions: z.looseObject({}).optional(),
}
const configId = z.string(fails(41043, 41044)).min(1, '41043')

/** The members behind a code: the named ones and everybody at or below its departments. */
export function usersOf(core: Core, way: Pick<ContactWayRecord, 'userids' | 'partyids'>): string[] {
  const departments = new Set(way.partyids.flatMap((id) => subtree(core.state, id)).map((department) => department.id))
  const inside = [...core.state.staff.values()].filter((person) => isVisible(core.state, person) && person.departmentIds.some((id) => departments.has(id)))
  return [...new Set([...way.userids, ...inside.map((person) => person.userid)])]
}

function checkUsers(core: Core, type: 1 | 2, userids: readonly string[], partyids: readonly number[]): void {
  if (userids.length + partyids.length === 0) throw new WecomFault(40063)
  if (type === 1 && (userids.length !== 1 || partyids.length > 0)) throw new WecomFault(41041)
  for (const id of userids) if (requireFollower(core.state, id).status !== 1) throw new WecomFault(41054)
  for (const id of partyids) if (!core.state.departments.has(id)) throw new WecomFault(60123)
  if (usersOf(core, { userids: [...userids], partyids: [...partyids] }).length > maxUsers) throw new WecomFault(41041)
}

/** Path of a code's picture; it carries the configuration id so that a test can read it back. */
function codeUrl(core: Core, id: string): string {
  return `${core.origin()}/__simulator/qr/${id}.png`
}

/** WeCom doc path/92228. */
const add = endpoint({
  method: 'POST', path: 'externalcontact/add_contact_way', customerApi: true,
  input: z.object({
    type: z.literal([1, 2], fails(41037, 41039)), scene: z.literal([1, 2], fails(41038, 41040)), is_temp: z.boolean().optional(), ...settings,
  }),
  handle: (input, { core }) => {
    const userids = input.user ?? []
    const partyids = input.party ?? []
    if (input.is_temp === true) throw new WecomFault(48002)
    if (core.state.contactWays.size >= (core.options.strict?.contactWayCap ?? 500_000)) throw new WecomFault(41045)
    checkUsers(core, input.type, userids, partyids)
    const way: ContactWayRecord = {
      configId: randomHex(32), type: input.type, scene: input.scene, ...(input.scene === 1 ? { style: input.style ?? 1 } : {}),
      remark: input.remark ?? '', skipVerify: input.skip_verify ?? true, state: input.state ?? '', userids, partyids, isTemp: false,
      isExclusive: input.is_exclusive ?? false, markSource: input.mark_source ?? true, createdAt: core.now(), creator: String(core.options.agentId), scans: 0,
    }
    core.state.contactWays.set(way.configId, way)
    return { config_id: way.configId, ...(way.scene === 2 ? { qr_code: codeUrl(core, way.configId) } : {}) }
  },
})

function requireWay(core: Core, id: string): ContactWayRecord {
  const way = core.state.contactWays.get(id)
  if (way === undefined) throw new WecomFault(41044)
  return way
}

const get = endpoint({
  method: 'POST', path: 'externalcontact/get_contact_way', customerApi: true, input: z.object({ config_id: configId }),
  handle: (input, { core }) => {
    const way = requireWay(core, input.config_id)
    return {
      contact_way: {
        config_id: way.configId, type: way.type, scene: way.scene, ...(way.style === undefined ? {} : { style: way.style }),
        remark: way.remark, skip_verify: way.skipVerify, state: way.state, ...(way.scene === 2 ? { qr_code: codeUrl(core, way.configId) } : {}),
        user: way.userids, party: way.partyids, is_temp: way.isTemp, mark_source: way.markSource,
      },
    }
  },
})

const list = endpoint({
  method: 'POST', path: 'externalcontact/list_contact_way', customerApi: true,
  input: z.object({ start_time: z.number().int().optional(), end_time: z.number().int().optional(), cursor, limit: limit(1000, 100) }),
  handle: (input, { core }) => {
    const from = input.start_time ?? seconds(core.now()) - 90 * dayS
    const to = input.end_time ?? seconds(core.now()) + 1
    const ways = [...core.state.contactWays.values()].filter((way) => seconds(way.createdAt) >= from && seconds(way.createdAt) <= to)
    const { rows, next_cursor } = page(ways, `ways ${input.start_time ?? ''}`, input.cursor, input.limit)
    return { contact_way: rows.map((way) => ({ config_id: way.configId })), next_cursor }
  },
})

/** User and party replace; type and scene stay. */
const update = endpoint({
  method: 'POST', path: 'externalcontact/update_contact_way', customerApi: true, input: z.object({ config_id: configId, ...settings }),
  handle: (input, { core }) => {
    const way = requireWay(core, input.config_id)
    const userids = input.user ?? way.userids
    const partyids = input.party ?? way.partyids
    checkUsers(core, way.type, userids, partyids)
    way.userids = userids
    way.partyids = partyids
    way.remark = input.remark ?? way.remark
    way.state = input.state ?? way.state
    way.skipVerify = input.skip_verify ?? way.skipVerify
    way.markSource = input.mark_source ?? way.markSource
    if (way.scene === 1 && input.style !== undefined) way.style = input.style
    return {}
  },
})

const remove = endpoint({
  method: 'POST', path: 'externalcontact/del_contact_way', customerApi: true, input: z.object({ config_id: configId }),
  handle: (input, { core }) => {
    requireWay(core, input.config_id)
    core.state.contactWays.delete(input.config_id)
    return {}
  },
})

export const contactWayEndpoints = [add, get, list, update, remove]
