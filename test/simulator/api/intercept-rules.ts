import * as z from 'zod'
import { seconds } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import type { InterceptRuleRecord } from '../records.ts'
import { chars } from '../schema.ts'

/** WeCom doc path/95097. */
const mostRules = 100
const mostUsers = 10_000
const name = chars(20, 40058).refine((text) => text !== '', '40063')
const words = z.array(z.string().refine((text) => [...text].length >= 1 && [...text].length <= 32, '41083')).max(300, '41069')
const semantics = z.array(z.number().refine((one) => one === 1 || one === 2 || one === 3, '41084'))
const interceptType = z.union([z.literal(1), z.literal(2)])
const range = z.object({ user_list: z.array(z.string()).max(1000, '41076').default([]), department_list: z.array(z.number().int()).max(1000, '41076').default([]) })

function find(core: Core, id: string | number): InterceptRuleRecord {
  const rule = core.state.interceptRules.get(String(id))
  if (rule === undefined) throw new WecomFault(41070)
  if (rule.deleted) throw new WecomFault(41071)
  return rule
}

const live = (core: Core) => [...core.state.interceptRules.values()].filter((rule) => !rule.deleted)

function requireFreeName(core: Core, wanted: string, except?: InterceptRuleRecord): void {
  if (live(core).some((rule) => rule !== except && rule.name === wanted)) throw new WecomFault(41077)
}

const add = endpoint({
  method: 'POST', path: 'externalcontact/add_intercept_rule', customerApi: true,
  input: z.object({ rule_name: name, word_list: words.refine((list) => list.length > 0, '40063'), semantics_list: semantics.default([]), intercept_type: interceptType, applicable_range: range }),
  handle: (input, { core }) => {
    if (live(core).length >= mostRules) throw new WecomFault(41068)
    requireFreeName(core, input.rule_name)
    const { user_list: userids, department_list: departmentIds } = input.applicable_range
    if (userids.length + departmentIds.length === 0) throw new WecomFault(40063)
    for (const id of departmentIds) if (!core.state.departments.has(id)) throw new WecomFault(60003)
    for (const id of userids) if (!core.state.staff.has(id.toLowerCase())) throw new WecomFault(60111)
    const rule: InterceptRuleRecord = {
      id: `rule_${randomText(20)}`, name: input.rule_name, words: input.word_list, semantics: input.semantics_list, type: input.intercept_type,
      userids: new Set(userids), departmentIds: new Set(departmentIds), createdAt: core.now(), deleted: false, creator: String(core.options.agentId),
    }
    core.state.interceptRules.set(rule.id, rule)
    return { rule_id: rule.id }
  },
})

const list = endpoint({
  method: 'GET', path: 'externalcontact/get_intercept_rule_list', customerApi: true, input: z.unknown(),
  handle: (_, { core }) => ({ rule_list: live(core).map((rule) => ({ rule_id: rule.id, rule_name: rule.name, create_time: seconds(rule.createdAt) })) }),
})

const ruleId = z.union([z.string(), z.number()])

const get = endpoint({
  method: 'POST', path: 'externalcontact/get_intercept_rule', customerApi: true, input: z.object({ rule_id: ruleId }),
  handle: ({ rule_id }, { core }) => {
    const rule = find(core, rule_id)
    return { rule: { rule_id: rule.id, rule_name: rule.name, word_list: rule.words, semantics_list: rule.semantics, intercept_type: rule.type, applicable_range: { user_list: [...rule.userids], department_list: [...rule.departmentIds] } } }
  },
})

/** Only rules of one's own are changed; the errcode for others' is not documented, 41070 is the nearest. */
function findOwn(core: Core, id: string | number): InterceptRuleRecord {
  const rule = find(core, id)
  if (rule.creator !== String(core.options.agentId)) throw new WecomFault(41070)
  return rule
}

const update = endpoint({
  method: 'POST', path: 'externalcontact/update_intercept_rule', customerApi: true,
  input: z.object({
    rule_id: ruleId, rule_name: name.optional(), word_list: words.default([]), extra_rule: z.object({ semantics_list: semantics }).optional(), intercept_type: interceptType.optional(),
    add_applicable_range: range.optional(), remove_applicable_range: range.optional(),
  }),
  handle: (input, { core }) => {
    const rule = findOwn(core, input.rule_id)
    if (input.rule_name !== undefined) requireFreeName(core, input.rule_name, rule)
    for (const id of input.add_applicable_range?.user_list ?? []) rule.userids.add(id)
    for (const id of input.add_applicable_range?.department_list ?? []) rule.departmentIds.add(id)
    for (const id of input.remove_applicable_range?.user_list ?? []) rule.userids.delete(id)
    for (const id of input.remove_applicable_range?.department_list ?? []) rule.departmentIds.delete(id)
    if (rule.userids.size > mostUsers) throw new WecomFault(41076)
    rule.name = input.rule_name ?? rule.name
    // An empty list is ignored.
    if (input.word_list.length > 0) rule.words = input.word_list
    rule.semantics = input.extra_rule?.semantics_list ?? rule.semantics
    rule.type = input.intercept_type ?? rule.type
    return {}
  },
})

const remove = endpoint({
  method: 'POST', path: 'externalcontact/del_intercept_rule', customerApi: true, input: z.object({ rule_id: ruleId }),
  handle: ({ rule_id }, { core }) => {
    findOwn(core, rule_id).deleted = true
    return {}
  },
})

export const interceptRuleEndpoints = [add, list, get, update, remove]
