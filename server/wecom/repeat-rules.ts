/**
 * What may happen when a write is repeated after a crash or an unknown outcome.
 * - safe: repeat it; WeCom ends in the same state
 * - read-back: ask WeCom what became of it before anything is sent again
 * - person: the outcome cannot be learned; somebody decides
 */
export type RepeatRule = 'safe' | 'read-back' | 'person'

export type WriteCall =
  | 'customer.remark'
  | 'customer.markTag'
  | 'tag.add'
  | 'contactWay.add'
  | 'contactWay.update'
  | 'contactWay.delete'
  | 'welcome.send'
  | 'message.send'
  | 'card.update'
  | 'kf.send'
  | 'kf.sendOnEvent'
  | 'media.upload'
  | 'interceptRule.add'
  | 'interceptRule.update'
  | 'interceptRule.delete'
  | 'broadcast.add'
  | 'broadcast.remind'
  | 'broadcast.cancel'

/** Every write that this folder can make, with its rule. A busy answer (-1) is repeated inside a call only for `safe`. */
export const repeatRules: Readonly<Record<WriteCall, { readonly rule: RepeatRule, readonly why: string }>> = {
  'customer.remark': { rule: 'safe', why: 'sets values; the second call sets the same ones' },
  'customer.markTag': { rule: 'safe', why: 'adds to and removes from a set; marking twice changes nothing' },
  'tag.add': { rule: 'read-back', why: 'whether a name that is there already collapses or is refused (40071) is not confirmed; look for it in listCorpTags' },
  'contactWay.add': { rule: 'read-back', why: 'each call makes another code and uses up quota; find it by its state through listContactWays and getContactWay' },
  'contactWay.update': { rule: 'safe', why: 'users and departments are replaced as a whole' },
  'contactWay.delete': { rule: 'safe', why: 'a code that is already deleted answers 41044 (gone)' },
  'welcome.send': { rule: 'safe', why: 'a welcome code works once; the second call is told that it was delivered (41051)' },
  'message.send': { rule: 'safe', why: 'sent with the duplicate check: the same request inside repeatWindowMs is dropped by WeCom; do not repeat later than that' },
  'card.update': { rule: 'safe', why: 'a response code works once; the second call is refused with 60140' },
  'kf.send': { rule: 'person', why: 'messages of our own are not in sync_msg, and a duplicate reaches the customer' },
  'kf.sendOnEvent': { rule: 'safe', why: 'the code of the event works once' },
  'interceptRule.add': { rule: 'read-back', why: 'each call makes another rule; find it by its name through listInterceptRules' },
  'interceptRule.update': { rule: 'safe', why: 'the words are replaced as a whole' },
  'interceptRule.delete': { rule: 'safe', why: 'a rule that is already deleted answers 41071 (gone)' },
  'broadcast.add': { rule: 'read-back', why: 'there is no idempotency key and each call makes another task; commit an intent first, and look for it through listBroadcasts' },
  'broadcast.remind': { rule: 'safe', why: 'reminds the staff member once more, no customer; the fourth in a day is refused with 41094' },
  'broadcast.cancel': { rule: 'safe', why: 'one that is already cancelled answers 41093' },
  'media.upload': { rule: 'safe', why: 'a second upload only makes a second media id, which expires by itself' },
}
