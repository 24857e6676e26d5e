/** The public face of the WeCom border: what other folders may import. */
export { createWecomClient, type WecomClient } from './client.ts'
export type { CallOutcome, Timers, TokenStore, WecomClientOptions, WecomLog } from './ports.ts'
export type { RateLimit } from './rate-limit.ts'
export { repeatRules, type RepeatRule, type WriteCall } from './repeat-rules.ts'
export { kindOfErrcode, type WecomErrorKind } from './errcodes.ts'
export {
  CallbackMalformed, type MalformedReason, WecomAnswerUnexpected, WecomError, WecomLimited, WecomUnreachable,
} from './errors.ts'

export type { WecomApp, WecomDepartment, WecomStaff } from './directory.ts'
export { oauthUrl, webLoginUrl, type SignInAddress, type WecomIdentity } from './sign-in.ts'
export type { WecomCustomer, WecomDetailedFollow, WecomFollow, WecomFollowTag } from './customer-wire.ts'
export type { RemarkChange, TagChange, WecomCustomerDetail, WecomFollowRow } from './customers.ts'
export type { WecomTag, WecomTagGroup } from './tags.ts'
export { mostGroupOwners, type WecomGroup } from './groups.ts'
export { interceptLimits, type InterceptRule, type InterceptRuleName } from './intercept-rules.ts'
export type { ContactWay, ContactWayChange, ContactWayDraft } from './contact-ways.ts'
export type { MessageAttachment } from './attachments.ts'
export { broadcastLimits, foundForm, type BroadcastDraft, type BroadcastResult, type BroadcastTarget, type BroadcastTask, type FoundAttachment, type FoundBroadcast } from './broadcasts.ts'
export type { WelcomeAttachment, WelcomeMessage, WelcomeOutcome } from './welcome.ts'
export type { AppMessage, CardUpdate, Receivers, SendRequest, SendResult } from './messages.ts'
export type {
  ButtonCard, CardButton, CardLine, CardLink, CardOption, MultipleCard, NewsNoticeCard, TemplateCard, TextNoticeCard, VoteCard,
} from './cards.ts'
export type { KfOutgoing, KfSend } from './kf.ts'
export type { KfContent, KfEvent, KfMessage } from './kf-messages.ts'
export { mediaLifetimeMs, type Upload } from './media.ts'
export type { JsapiKind, JsapiSignature } from './jsapi.ts'

export { createCallbackCrypto, type CallbackCrypto } from './callback-crypto.ts'
export { maxEnvelopeBytes, scanEnvelope, type Envelope } from './callback-envelope.ts'
export { orderKeyOf, parseCallback, type WecomEvent, type WecomEventKind } from './callback-events.ts'
