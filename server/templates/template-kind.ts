import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { maskMoneyAndNumbers } from '#shared/access/index'
import type { TemplateCategory } from '#shared/template-words'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type Described } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { AccessDenied } from '../errors.ts'
import { screenContent, wordsToConfirm } from './screen-content.ts'
import { contentOf, hashOf } from './template-content.ts'
import { templates, templateVersions, type TemplateVersionRow } from './template.entity.ts'
import { isAllowed, type TemplateOptions } from './template-options.ts'

export const templateKind = 'template'

const TemplatePayload = z.object({ templateId: z.string(), versionId: z.string(), changes: z.boolean() })
export type TemplatePayload = z.infer<typeof TemplatePayload>

type KindOptions = Pick<TemplateOptions, 'access' | 'audit' | 'screenings'>

/** One version of a template; the marketing leads decide, none of them about what she wrote herself (S37). */
export function templateApprovalKind(options: KindOptions): ApprovalKind<TemplatePayload> {
  return {
    kind: templateKind,
    payload: TemplatePayload,
    decideOn: 'card',
    reach: () => 'marketing',
    describe: (db, request) => describe(options, db, request),
    onApproved: (work, request) => publish(options, work, request),
    onClosed: (work, request) => backToDraft(options, work, request),
  }
}

const categoryWords: Readonly<Record<TemplateCategory, string>> = {
  care: '关怀', festival: '节日', invite: '邀约', promotion: '活动', benefit: '专属权益', service: '服务通知', other: '其他',
}
const useWords = { broadcast: '群发', 'quick-reply': '快捷回复' } as const

async function describe({ screenings }: KindOptions, db: EntityManager, { payload }: ApprovalRequest<TemplatePayload>): Promise<Described> {
  const version = await db.getRepository(templateVersions).findOneBy({ id: payload.versionId })
  if (version === null) return { title: '话术审批', lines: [] }
  const { hits } = screenContent((await screenings.inForce(db)).screener, version)
  const row = await db.getRepository(templates).findOneBy({ id: payload.templateId })
  return {
    title: `${payload.changes ? '话术修改' : '新话术'}：${version.name}`,
    lines: [
      { label: '内容', value: maskMoneyAndNumbers(version.text) },
      { label: '质检', value: hits.length === 0 ? '未发现问题' : `${hits.length} 处需留意：${[...new Set(hits.map((hit) => hit.word))].slice(0, 5).join('、')}` },
      { label: '编号', value: `${row?.number ?? ''} · ${categoryWords[version.category]} · ${version.uses.map((use) => useWords[use]).join('、')}` },
      { label: '范围', value: rangeOf(version) },
      { label: '附件', value: `${version.attachments.length} 个` },
    ],
  }
}

function rangeOf({ roles, levelAtLeast, spendAtLeastFen, valueTierAtLeast }: TemplateVersionRow): string {
  return [
    `${roles.length} 个角色`,
    ...(levelAtLeast === 0 ? [] : [`${['', '银级', '金级', '铂金级'][levelAtLeast] ?? ''}起`]),
    ...(spendAtLeastFen === null ? [] : ['按消费限定客户']),
    ...(valueTierAtLeast === null ? [] : [`价值 ${valueTierAtLeast} 级起`]),
  ].join(' · ')
}

/**
 * Puts the version in the place of the one in use, in the transaction of the decision. It is scanned again with the words in force
 * now, which may have changed since it was submitted. Throws ApprovalOutdated where it is not what was agreed to or must not leave.
 */
async function publish({ access, audit, screenings }: KindOptions, work: UnitOfWork, { id, payload, contentHash, decidedBy }: ApprovalRequest<TemplatePayload>): Promise<void> {
  const { db } = work
  const row = await db.getRepository(templates).findOneBy({ id: payload.templateId })
  const version = await db.getRepository(templateVersions).findOneBy({ id: payload.versionId })
  if (row === null || version === null || decidedBy === null || row.retiredAt !== null || row.openVersionId !== version.id) throw new ApprovalOutdated()
  if (version.contentHash !== contentHash || hashOf(contentOf(version)) !== contentHash) throw new ApprovalOutdated()
  if (!isAllowed(await access.actorFor(decidedBy, db), 'marketing.templates.operate', row, version)) throw new AccessDenied('marketing.templates.operate')
  const screened = screenContent((await screenings.inForce(db)).screener, version)
  if (screened.verdict === 'block') throw new ApprovalOutdated()
  const now = access.clock.now()
  const table = db.getRepository(templateVersions)
  const { affected } = await table.update({ id: version.id, state: 'waiting', contentHash, approvalId: id }, {
    state: 'published', publishedAt: now, updatedAt: now, verdict: screened.verdict, confirmedWords: wordsToConfirm(screened),
  })
  if (affected !== 1) throw new ApprovalOutdated()
  if (row.liveVersionId !== null) await table.update({ id: row.liveVersionId }, { state: 'replaced', endedAt: now, updatedAt: now })
  await db.getRepository(templates).update({ id: row.id }, { liveVersionId: version.id, openVersionId: null, currentVersionId: version.id, updatedAt: now, version: () => 'version + 1' })
  await audit.record(db, {
    actorKind: 'staff', actorId: decidedBy, action: 'template.published', operation: 'marketing.templates.operate', subjectKind: 'template', subjectId: row.id, outcome: 'done',
    details: { ordinal: version.ordinal, request: id, screening: screened.verdict },
  })
}

/** Refused, expired, withdrawn or outdated: it can be written on. A request that was replaced by a newer one changes nothing. */
async function backToDraft({ access, audit, screenings }: KindOptions, work: UnitOfWork, { id, payload, status, decidedBy }: ApprovalRequest<TemplatePayload>): Promise<void> {
  const { db } = work
  const table = db.getRepository(templateVersions)
  const version = await table.findOneBy({ id: payload.versionId, approvalId: id, state: 'waiting' })
  if (version === null) return
  const { verdict } = screenContent((await screenings.inForce(db)).screener, version)
  const now = access.clock.now()
  await table.update({ id: version.id, approvalId: id, state: 'waiting' }, { state: verdict === 'block' ? 'draft' : 'screened', verdict, approvalId: null, updatedAt: now })
  await db.getRepository(templates).update({ id: payload.templateId }, { updatedAt: now })
  await audit.record(db, {
    actorKind: decidedBy === null ? 'system' : 'staff', actorId: decidedBy, action: 'template.not-published', subjectKind: 'template', subjectId: payload.templateId, outcome: 'done',
    details: { ordinal: version.ordinal, request: id, status },
  })
}
