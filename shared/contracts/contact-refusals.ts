import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { ExternalUserId, Instant } from './ids.ts'

/** A customer who asked not to be contacted (勿扰): he gets no broadcasts until somebody lifts it. */

export const refusalSources = ['staff', 'message'] as const
/** `staff`: somebody wrote down what the customer said; `message`: the customer wrote it. */
export const RefusalSource = z.enum(refusalSources)
export type RefusalSource = z.infer<typeof RefusalSource>

export const refusalLiftReasons = ['asked-again', 'mistake', 'other'] as const
/** Why somebody lifts it; `other` needs a note. */
export const RefusalLiftReason = z.enum(refusalLiftReasons)
export type RefusalLiftReason = z.infer<typeof RefusalLiftReason>

/** The wish in force. `by` is the name of who wrote it down, for whoever may see who looks after the customer. */
export const ContactRefusal = z.object({ id: z.string(), since: Instant, source: RefusalSource, by: z.string().nullable() }).strict()
export type ContactRefusal = z.infer<typeof ContactRefusal>

const Answer = z.object({ contactRefusal: ContactRefusal.nullable() }).strict()
const ByExternalUserId = z.object({ externalUserId: ExternalUserId }).strict()
const denied = ['customer.not_found', 'access.denied', 'cards.limit_reached', 'access.frozen'] as const

export const setContactRefusal = contract({
  method: 'PUT',
  path: '/api/customers/:externalUserId/contact-refusal',
  summary: 'Writes down that the customer asked not to be contacted; once more changes nothing.',
  needs: needsOperation('marketing.broadcasts.edit'),
  params: ByExternalUserId,
  returns: Answer,
  fails: [...denied],
})

export const liftContactRefusal = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/contact-refusal/lift',
  summary: 'Lifts the wish that the caller saw, with a reason; a newer one stays.',
  needs: needsOperation('customer.profile.edit'),
  params: ByExternalUserId,
  body: z.object({ id: z.string().min(1).max(64), reason: RefusalLiftReason, note: z.string().trim().min(1).max(200).optional() }).strict(),
  returns: Answer,
  fails: [...denied, 'contact_refusal.not_in_force', 'contact_refusal.note_required', 'request.invalid'],
})

export const contactRefusalContracts = [setContactRefusal, liftContactRefusal] as const
