import { z } from 'zod'
import type { Caller } from './call.ts'
import { instantOrNull, integer, listOf, nothing, text } from './wire.ts'

/** WeCom's limits (doc path/95097): rules of a company, words of a rule, characters of a word. */
export const interceptLimits = { rules: 100, words: 300, wordLength: 32, nameLength: 20 } as const

export interface InterceptRuleName {
  readonly id: string
  readonly name: string
  readonly createdAt: number | null
}

export interface InterceptRule {
  readonly id: string
  readonly name: string
  readonly words: readonly string[]
  /** Whether the message is stopped, or its sender only warned. */
  readonly blocks: boolean
}

/** The documentation shows the id as text and as a number. */
const ruleId = z.union([z.string().min(1), z.number().int()]).transform(String)
const ruleWire = z.object({ rule_id: ruleId, rule_name: text, word_list: listOf(z.string()), intercept_type: integer })

/** What members may not write to customers in WeCom's own client (WeCom doc path/95097). */
export function interceptRuleCalls(call: Caller) {
  return {
    /** All rules of the company, also those that people made in WeCom's administration. */
    listInterceptRules: async (): Promise<readonly InterceptRuleName[]> => {
      const wire = await call({
        endpoint: 'externalcontact/get_intercept_rule_list',
        answer: z.object({ rule_list: z.array(z.object({ rule_id: ruleId, rule_name: text, create_time: instantOrNull })) }),
      })
      return wire.rule_list.map((rule) => ({ id: rule.rule_id, name: rule.rule_name, createdAt: rule.create_time }))
    },

    /** Throws an error of kind `gone` for a rule that is deleted. */
    getInterceptRule: async (id: string): Promise<InterceptRule> => {
      const { rule } = await call({ endpoint: 'externalcontact/get_intercept_rule', body: { rule_id: id }, answer: z.object({ rule: ruleWire }) })
      return { id: rule.rule_id, name: rule.rule_name, words: rule.word_list, blocks: rule.intercept_type === 1 }
    },

    /** At most 300 words of 32 characters; stops messages of everybody in the departments. */
    addInterceptRule: async (rule: { readonly name: string, readonly words: readonly string[], readonly departmentIds: readonly number[] }): Promise<string> => {
      const wire = await call({
        endpoint: 'externalcontact/add_intercept_rule', write: 'interceptRule.add', answer: z.object({ rule_id: ruleId }),
        body: { rule_name: rule.name, word_list: rule.words, intercept_type: 1, applicable_range: { department_list: rule.departmentIds } },
      })
      return wire.rule_id
    },

    /** Replaces the words, of which there must be one: an empty list is ignored by WeCom. */
    updateInterceptRule: async (id: string, words: readonly string[]): Promise<void> => {
      await call({ endpoint: 'externalcontact/update_intercept_rule', write: 'interceptRule.update', body: { rule_id: id, word_list: words, intercept_type: 1 }, answer: nothing })
    },

    deleteInterceptRule: async (id: string): Promise<void> => {
      await call({ endpoint: 'externalcontact/del_intercept_rule', write: 'interceptRule.delete', body: { rule_id: id }, answer: nothing })
    },
  }
}
