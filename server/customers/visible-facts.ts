import type { Condition, CustomerField } from '#shared/access/index'
import type { ActorAccess, CustomerFacts } from '../access/index.ts'
import type { RuleNames } from './explain-words.ts'

/** What may be said about a customer's facts in an explanation. */
export interface VisibleFacts {
  /** Whether a condition about this may be named at all: that it does not hold is something about the customer. */
  maySay(condition: string): boolean
  /** The customer's side of a condition, or null where the caller may not see it. */
  has(condition: string, names: RuleNames): string[] | null
}

/** What shows what a condition is about: a field; tasks, whose unit has none; or nothing, since it is about records and actions, not about the customer. */
const shownBy: Readonly<Record<Condition['kind'], CustomerField | 'tasks' | null>> = {
  tags: 'tags', tagGroups: 'tags', stage: 'stage', valueTier: 'valueTier', spend: 'spendTotalFen', pool: 'pool', openTask: 'tasks', journeyNode: 'tasks',
  recordStoreIsMine: null, templateCategory: null, campaign: null,
}
const isKind = (condition: string): condition is Condition['kind'] => Object.hasOwn(shownBy, condition)

/**
 * The facts as the caller may see them. About oneself a condition on something that one may not see is not even named; whoever
 * looks after the rules reads the rule, and the value only where he may see that unit of this customer himself.
 */
export function visibleFacts(caller: ActorAccess, facts: CustomerFacts, aboutSelf: boolean): VisibleFacts {
  const see = caller.fieldsFor(facts)
  const isAboutNobody = (condition: string) => isKind(condition) && shownBy[condition] === null
  const sees = (condition: string) => {
    const shown = isKind(condition) ? shownBy[condition] : null
    if (shown === null) return false
    // A fact about tasks or nodes carries no store: whoever sees only those of his stores is not told.
    return shown === 'tasks' ? caller.decideRecord('talk.tasks.view', facts, { storeDepartmentId: null }).allowed : see.presentation(shown) === 'clear'
  }
  return {
    maySay: (condition) => !aboutSelf || isAboutNobody(condition) || sees(condition),
    has: (condition, names) => (!sees(condition) ? null : valueOf(condition, facts, names)),
  }
}

function valueOf(condition: string, facts: CustomerFacts, names: RuleNames): string[] | null {
  switch (condition) {
    case 'tags': return [...facts.tagIds].map((id) => names.tag(id))
    case 'tagGroups': return [...facts.tagGroupIds].map((id) => names.tagGroup(id))
    case 'stage': return [facts.stage]
    case 'valueTier': return facts.valueTier === null ? [] : [String(facts.valueTier)]
    case 'openTask': return [...facts.openTasks]
    case 'journeyNode': return [...facts.nodes]
    case 'pool': return facts.poolDepartmentId === null ? [] : [names.department(facts.poolDepartmentId)]
    // The sum runs over all orders, and the caller may see only some of them.
    default: return null
  }
}
