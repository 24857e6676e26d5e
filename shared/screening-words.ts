/** What kind a word of the list, or a finding of another check, is. */
export const wordCategories = ['fraud', 'finance', 'gambling', 'porn', 'drugs', 'violence', 'politics', 'forgery', 'diversion', 'advertising', 'medical', 'abuse', 'competitor', 'other'] as const
export type WordCategory = (typeof wordCategories)[number]

/** Categories of findings that come from no word of the list. */
export const checkCategories = ['typo', 'link', 'personal'] as const
export const hitCategories = [...wordCategories, ...checkCategories] as const
export type HitCategory = (typeof hitCategories)[number]

/** `block` stops a text, `review` lets a person decide, `warn` only tells. */
export const severities = ['block', 'review', 'warn'] as const
export type Severity = (typeof severities)[number]

/** What an entry of the list does: one of the severities, or `allow` for a phrase in which bad words are none. */
export const entryKinds = [...severities, 'allow'] as const
export type EntryKind = (typeof entryKinds)[number]

/** Disguises that are looked for where an entry asks for it; the others (width, case, separators …) are looked for always. */
export const disguises = ['sound', 'pinyin', 'shape', 'split'] as const
export type Disguise = (typeof disguises)[number]

export const verdicts = ['block', 'review', 'pass'] as const
export type Verdict = (typeof verdicts)[number]

/** How a finding was recognised. */
export const hitReasons = [
  'word', 'word.disguised', 'word.sound', 'word.pinyin', 'word.shape', 'word.split',
  'typo', 'link.blocked', 'link.unknown', 'link.short', 'link.address', 'link.userinfo', 'link.disguised', 'link.lookalike', 'link.redirect', 'link.scheme',
  'personal.phone', 'personal.id', 'personal.card',
] as const
export type HitReason = (typeof hitReasons)[number]
