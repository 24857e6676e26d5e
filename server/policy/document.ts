import { createHash } from 'node:crypto'
import { stable } from '#shared/access/index'
import { PolicyDocument, type DraftDocument, type PolicySettings } from '#shared/contracts/policy-document'

/** The product's own numbers; a company may tighten them. */
export const defaultSettings: PolicySettings = { temporaryGrantDays: 180, shareDays: 90 }

const by = <T>(...keys: ((item: T) => string | number)[]) => (a: T, b: T): number => {
  for (const key of keys) {
    const [one, other] = [key(a), key(b)]
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}

/** The same document with its items in one fixed order, so that equal policies are equal texts. */
export function inOrder<Document extends DraftDocument>(document: Document): Document {
  return {
    ...document,
    roles: [...document.roles].sort(by((role) => role.roleKey)),
    templateRules: [...document.templateRules].sort(by((rule) => rule.rank, (rule) => rule.id)),
    restrictions: [...document.restrictions].sort(by((one) => one.id)),
    nodeGrants: [...document.nodeGrants].sort(by((one) => one.id)),
    limits: [...document.limits].sort(by((one) => one.roleKey)),
  }
}

/** Names the content of a document: what a second person agrees to. A draft without wrong names has the hash of the document it means. */
export function contentHashOf(document: DraftDocument): string {
  const meant = PolicyDocument.safeParse(document)
  return createHash('sha256').update(stable(inOrder(meant.success ? meant.data : document))).digest('hex')
}
