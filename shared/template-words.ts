/** What a template is about; rules may be narrowed to categories (`templateCategory`). */
export const templateCategories = ['care', 'festival', 'invite', 'promotion', 'benefit', 'service', 'other'] as const
export type TemplateCategory = (typeof templateCategories)[number]

export const templateUseKinds = ['broadcast', 'quick-reply'] as const

/**
 * `draft`: written, and not to be submitted as it is; `screened`: nothing in it that must not leave; `waiting`: for its approval;
 * `published`: may be used; `replaced`: a newer one took its place; `retired`: withdrawn for good.
 */
export const versionStates = ['draft', 'screened', 'waiting', 'published', 'replaced', 'retired'] as const
export type VersionState = (typeof versionStates)[number]

/** What may stand in a text as `{{name}}`. `sender`: the same in all messages of one person, so broadcasts may have it; `customer`: only where one customer is written to. */
export const templateVariables = [
  { name: 'sender_name', kind: 'sender' },
  { name: 'sender_position', kind: 'sender' },
  { name: 'sender_department', kind: 'sender' },
  { name: 'customer_name', kind: 'customer' },
  { name: 'customer_member_level', kind: 'customer' },
] as const
export type TemplateVariableName = (typeof templateVariables)[number]['name']

/** 0 none, 1 silver, 2 gold, 3 platinum. */
export const staffLevels = [0, 1, 2, 3] as const

/** WeCom's limit of a text (doc path/92135), in bytes of UTF-8. */
export const mostTextBytes = 4000
export const mostAttachments = 9
