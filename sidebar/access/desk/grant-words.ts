import type { DraftGrant } from '#shared/contracts/policy-document'
import { conditionWords, fewOf, operationWords, scopeWord, type PolicyWords } from './rule-words.ts'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** A grant in two lines: what, and over whom. */
export function grantWords(grant: DraftGrant, words: PolicyWords | null, t: Translate, language: string): { readonly what: string, readonly over: string } {
  return {
    what: fewOf(grant.operations.map((operation) => operationWords(operation, t, language)), t, 4),
    over: [scopeWord(grant.scope, words, t), ...grant.conditions.map((condition) => conditionWords(condition, words, t))].join(' · '),
  }
}
