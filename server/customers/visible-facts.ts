import type { CustomerField } from '#shared/access/index'
import type { ActorAccess, CustomerFacts } from '../access/index.ts'
import type { RuleNames } from './explain-words.ts'

/** What may be said about a customer's facts in an explanation. */
export interface VisibleFacts {
  /** Whether a condition about this may be named at all: that it does not hold is something about the customer. */
  maySay(condition: string): boolean
  /** The customer's side of a condition, or null where the caller may not see it. */
  has(condition: string, names: RuleNames): string[] | null
}

/** The field that shows what a condition is about; what is not here belongs to a unit without fields. */
const fieldOf: Readonly<Record<string, CustomerField>> = { tags: 'tags', tagGroups: 'tags', stage: 'stage', valueTier: 'valueTier', spend: 'spendTotalFen', pool: 'pool' }
/** About records and actions, not about the customer. */
const aboutNobody = new Set(['recordStoreIsMine', 'templateCategory', 'campaign'])

/**
 * The facts as the caller may see them. About oneself a condition on something that one may not see is not even named; whoever
 * looks after the rules reads the rule, and the value only where he may see that unit of this customer himself.
 */
export function visibleFacts(caller: ActorAccess, facts: CustomerFacts, aboutSelf: boolean): VisibleFacts {
  const see = caller.fieldsFor(facts)
  const sees = (condition: string) => {
    const field = fieldOf[condition]
    // A fact about tasks or nodes carries no store: whoever sees only those of his stores is not told.
    return field === undefined ? caller.decideRecord('talk.tasks.view', facts, { storeDepartmentId: null }).allowed : see.presentation(field) === 'clear'
  }
  return {
    maySay: (condition) => !aboutSelf || aboutNobody.has(condition) || sees(condition),
    has: (condition, names) => (aboutNobody.has(condition) || !sees(condition) ? null : valueOf(condition, facts, names)),
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
