import type { CallInput } from '../../api/route.ts'
import type { Broadcast, createBroadcast, readBroadcast } from '#shared/contracts/broadcasts'
import type { SenderMode } from '#shared/broadcast-words'
import type { z } from 'zod'

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
  /** Unix ms, from and before. */
  lastContact: [number, number] | null
  /** One external_userid a line: named customers instead of conditions. */
  named: string
  /** Groups instead of customers; none: all within reach. */
  chatIds: string[]
}

/** The next full hour of tomorrow morning: never in the night. */
export function newForm(now: number): BroadcastForm {
  return { name: '', templateId: '', senders: 'self', plannedAt: tomorrowAtTen(now), stages: [], tags: [], valueTierAtLeast: undefined, departmentId: undefined, lastContact: null, named: '', chatIds: [] }
}

const zoneMs = 8 * 3_600_000
const dayMs = 86_400_000
const tomorrowAtTen = (now: number): number => Math.floor((now + zoneMs) / dayMs) * dayMs + dayMs + 10 * 3_600_000 - zoneMs

export function formOf({ name, senders, plannedAt, content }: Pick<Broadcast, 'name' | 'senders' | 'plannedAt'> & Pick<z.output<typeof readBroadcast.returns>, 'content'>): BroadcastForm {
  const { externalUserIds = [], chatIds = [], tags = [], stages = [], valueTierAtLeast, departmentId, lastContactFrom, lastContactBefore } = content?.audience ?? {}
  return {
    name, senders, plannedAt, templateId: content?.templateId ?? '', stages: [...stages], tags: [...tags], valueTierAtLeast, departmentId,
    lastContact: lastContactFrom === undefined || lastContactBefore === undefined ? null : [lastContactFrom, lastContactBefore], named: externalUserIds.join('\n'), chatIds: [...chatIds],
  }
}

/** The request, without what was left empty. */
export function bodyOf({ name, templateId, senders, plannedAt, stages, tags, valueTierAtLeast, departmentId, lastContact, named, chatIds }: BroadcastForm): Body {
  const head = { name: name.trim(), templateId, senders, plannedAt, values: {} }
  if (senders === 'group-owners') return { ...head, audience: chatIds.length === 0 ? {} : { chatIds: [...chatIds] } }
  const externalUserIds = named.split(/\s+/).filter((one) => one !== '')
  return {
    ...head,
    audience: {
      ...(externalUserIds.length === 0 ? {} : { externalUserIds }), ...(stages.length === 0 ? {} : { stages: [...stages] }), ...(tags.length === 0 ? {} : { tags: [...tags] }),
      ...(valueTierAtLeast === undefined ? {} : { valueTierAtLeast }), ...(departmentId === undefined ? {} : { departmentId }),
      ...(lastContact === null ? {} : { lastContactFrom: lastContact[0], lastContactBefore: lastContact[1] }),
    },
  }
}
