import type { CallInput } from '../../api/route.ts'
import type { Broadcast, createBroadcast, readBroadcast } from '#shared/contracts/broadcasts'
import type { SenderMode } from '#shared/broadcast-words'
import type { z } from 'zod'
import { instantOf, wallText } from '../../ui/company-zone.ts'

type Body = CallInput<typeof createBroadcast>['body']

/** What the form holds; empty fields ask for nothing. */
export interface BroadcastForm {
  name: string
  templateId: string
  senders: SenderMode
  /** Unix ms. */
  plannedAt: number
  stages: string[]
  tags: string[]
  valueTierAtLeast: number | undefined
  departmentId: number | undefined
  /** Unix ms, from and before; each may be open. */
  lastContactFrom: number | null
  lastContactBefore: number | null
  /** One external_userid a line: named customers instead of conditions. */
  named: string
  /** Groups instead of customers; none: all within reach. */
  chatIds: string[]
}

/** Ten o'clock of tomorrow on the company's clocks: never in the night. */
export function newForm(now: number): BroadcastForm {
  return { name: '', templateId: '', senders: 'self', plannedAt: tomorrowAtTen(now), stages: [], tags: [], valueTierAtLeast: undefined, departmentId: undefined, lastContactFrom: null, lastContactBefore: null, named: '', chatIds: [] }
}

/** By the calendar: a day may have 23 hours. */
function tomorrowAtTen(now: number): number {
  const tomorrow = new Date(Date.parse(`${wallText(now).slice(0, 10)}T00:00Z`) + 86_400_000).toISOString().slice(0, 10)
  return instantOf(`${tomorrow}T10:00`) ?? now
}

export function formOf({ name, senders, plannedAt, content }: Pick<Broadcast, 'name' | 'senders' | 'plannedAt'> & Pick<z.output<typeof readBroadcast.returns>, 'content'>): BroadcastForm {
  const { externalUserIds = [], chatIds = [], tags = [], stages = [], valueTierAtLeast, departmentId, lastContactFrom, lastContactBefore } = content?.audience ?? {}
  return {
    name, senders, plannedAt, templateId: content?.templateId ?? '', stages: [...stages], tags: [...tags], valueTierAtLeast, departmentId,
    lastContactFrom: lastContactFrom ?? null, lastContactBefore: lastContactBefore ?? null, named: externalUserIds.join('\n'), chatIds: [...chatIds],
  }
}

/** The request, without what was left empty. */
export function bodyOf({ name, templateId, senders, plannedAt, stages, tags, valueTierAtLeast, departmentId, lastContactFrom, lastContactBefore, named, chatIds }: BroadcastForm): Body {
  const head = { name: name.trim(), templateId, senders, plannedAt, values: {} }
  if (senders === 'group-owners') return { ...head, audience: chatIds.length === 0 ? {} : { chatIds: [...chatIds] } }
  const externalUserIds = named.split(/\s+/).filter((one) => one !== '')
  return {
    ...head,
    audience: {
      ...(externalUserIds.length === 0 ? {} : { externalUserIds }), ...(stages.length === 0 ? {} : { stages: [...stages] }), ...(tags.length === 0 ? {} : { tags: [...tags] }),
      ...(valueTierAtLeast === undefined ? {} : { valueTierAtLeast }), ...(departmentId === undefined ? {} : { departmentId }),
      ...(lastContactFrom === null ? {} : { lastContactFrom }), ...(lastContactBefore === null ? {} : { lastContactBefore }),
    },
  }
}
