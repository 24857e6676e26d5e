import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, Instant, PageLimit, Userid } from './ids.ts'
import { DraftCondition } from './policy-document.ts'

/** Staff and their roles, for the console. */

const ByUserid = z.object({ userid: Userid }).strict()
const viewing = needsOperation('system.policy.view')
const operating = needsOperation('system.policy.operate')

export const StaffRoleHeld = z.object({
  roleKey: z.string(), label: z.string(),
  /** `rule`: follows department and position; `administrator`: given by hand and kept. */
  source: z.enum(['rule', 'administrator']),
  since: Instant,
}).strict()

const StaffFace = {
  staffId: z.string(),
  userid: z.string(),
  name: z.string(),
  position: z.string(),
  status: z.enum(['active', 'disabled', 'left', 'hidden']),
  departments: z.array(z.object({ id: z.number().int(), name: z.string(), kind: z.enum(['department', 'store', 'region']), leader: z.boolean() }).strict()),
  roles: z.array(StaffRoleHeld),
  /** YYYY-MM-DD; ours, as WeCom has no hire date. Null counts as new. */
  joinedOn: z.string().nullable(),
}

export const StaffListItem = z.object({
  ...StaffFace,
  /** Changes of his rights that wait for somebody. */
  waiting: z.number().int(),
}).strict()
export type StaffListItem = z.infer<typeof StaffListItem>

export const listStaff = contract({
  method: 'GET',
  path: '/api/staff',
  summary: 'Staff with departments and roles, by userid.',
  needs: viewing,
  query: z.object({
    cursor: Cursor.optional(),
    limit: PageLimit,
    /** Part of name or userid. */
    q: z.string().trim().min(1).max(60).optional(),
    /** This department and all below. */
    department: z.coerce.number().int().positive().optional(),
    role: z.string().min(1).max(64).optional(),
    /** Everybody whom WeCom ever showed; without it only those who have not left. */
    left: z.enum(['include']).optional(),
  }).strict(),
  returns: z.object({ items: z.array(StaffListItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'cursor.invalid'],
})

/** One grant that this person holds or will hold, whatever it comes from. */
export const GrantHeld = z.object({
  /** As it stands in explanations and in the audit: `role:clerk#1`. */
  id: z.string(),
  source: z.enum(['role', 'temporary', 'node', 'share']),
  /** The role's label, the campaign's name, the node's key; empty for others. */
  name: z.string(),
  operations: z.array(z.string()),
  scope: z.object({
    kind: z.string(), departmentIds: z.array(z.number().int()).optional(),
    /** How many named customers; who they are is not told here. */
    customers: z.number().int().optional(),
  }).strict(),
  conditions: z.array(DraftCondition),
  fields: z.record(z.string(), z.string()),
  from: Instant.nullable(),
  until: Instant.nullable(),
  /** In force at this moment. */
  active: z.boolean(),
}).strict()
export type GrantHeld = z.infer<typeof GrantHeld>

/** Something that would change this person's rights and waits for a decision. */
export const WaitingChange = z.object({
  /** `directory`: WeCom's directory wishes it (S54). */
  kind: z.enum(['directory', 'role', 'temporary', 'campaign']),
  /** Department name, role label or campaign name. */
  what: z.string(),
  requestId: z.string().nullable(),
  createdAt: Instant,
}).strict()

export const StaffDetail = z.object({
  ...StaffFace,
  /** 0 none, 1 silver, 2 gold, 3 platinum (S41). */
  level: z.number().int(),
  grants: z.array(GrantHeld),
  /** Restrictions in force or to come that meet him. */
  restrictions: z.array(z.object({ id: z.string(), operations: z.array(z.string()), fields: z.array(z.string()), from: Instant.nullable(), until: Instant.nullable() }).strict()),
  waiting: z.array(WaitingChange),
  campaigns: z.array(z.object({ id: z.string(), name: z.string(), until: Instant }).strict()),
}).strict()
export type StaffDetail = z.infer<typeof StaffDetail>

export const readStaff = contract({
  method: 'GET',
  path: '/api/staff/:userid',
  summary: 'One staff member: departments, roles with their source, every grant in force and what waits.',
  needs: viewing,
  params: ByUserid,
  returns: StaffDetail,
  fails: ['staff.not_found'],
})

/** `done`: in force for the next request. `waiting`: a superior decides. */
export const RoleOutcome = z.object({ outcome: z.enum(['done', 'waiting']), requestId: z.string().nullable() }).strict()

export const assignRole = contract({
  method: 'POST',
  path: '/api/staff/:userid/roles',
  summary: 'Gives a role. What widens the person\'s rights waits for a second person, everything else holds at once.',
  needs: operating,
  params: ByUserid,
  body: z.object({
    roleKey: z.string().min(1).max(64),
    /** A role that this one takes the place of; it goes at the same moment. */
    replaces: z.string().min(1).max(64).optional(),
    reason: z.string().trim().min(1).max(200),
  }).strict(),
  returns: RoleOutcome,
  fails: ['staff.not_found', 'staff.inactive', 'policy.role_not_found', 'policy.role_held', 'access.last_administrator', 'access.only_administrator', 'request.invalid'],
})

export const removeRole = contract({
  method: 'DELETE',
  path: '/api/staff/:userid/roles/:roleKey',
  summary: 'Takes a role at once.',
  needs: operating,
  params: ByUserid.extend({ roleKey: z.string().min(1).max(64) }).strict(),
  returns: z.object({ removed: z.boolean() }).strict(),
  fails: ['staff.not_found', 'policy.role_not_held', 'access.last_administrator', 'access.only_administrator'],
})

export const setJoinedOn = contract({
  method: 'PUT',
  path: '/api/staff/:userid/joined-on',
  summary: 'Sets the day on which somebody joined; null makes it unknown, which counts as new.',
  needs: operating,
  params: ByUserid,
  body: z.object({ joinedOn: z.iso.date().nullable() }).strict(),
  returns: z.object({ joinedOn: z.string().nullable() }).strict(),
  fails: ['staff.not_found', 'request.invalid'],
})

export const staffContracts = [listStaff, readStaff, assignRole, removeRole, setJoinedOn] as const
