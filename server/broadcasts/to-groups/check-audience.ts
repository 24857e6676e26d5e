import type { AudienceFilter, SenderMode } from '#shared/broadcast-words'
import type { ActorAccess } from '../../access/index.ts'
import { RequestInvalid } from '../../errors.ts'
import { allowedAudience } from '../audience/allowed-audience.ts'
import type { UsableTemplate } from '../ports.ts'
import { checkGroupFilter, checkGroupTemplate, isToGroups } from './walk-groups.ts'

/** Whether the author may narrow the audience like this. Throws `access.filter_refused`, `request.invalid`, `broadcast.template_unusable`. */
export function checkAudience(actor: ActorAccess, { senders, audience }: { readonly senders: SenderMode, readonly audience: AudienceFilter }, template: UsableTemplate): void {
  if (isToGroups(senders)) {
    checkGroupFilter(audience)
    checkGroupTemplate(template)
    return
  }
  if (audience.chatIds !== undefined) throw new RequestInvalid(['body.audience.chatIds'])
  allowedAudience(actor, audience, template.category)
}
