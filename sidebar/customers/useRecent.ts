import type { CustomerCard } from '#shared/contracts/customers'
import { asFailure, Superseded } from '../api/failure.ts'
import { routes } from '../api/routes.ts'
import type { Api } from '../api/client.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'
import { formatFen } from '../ui/format.ts'
import { may } from './card.ts'

export interface RecentEntry {
  readonly kind: 'visit' | 'order' | 'talk'
  readonly at: number
  readonly text: string
}

export interface Recent {
  readonly entries: readonly RecentEntry[]
  /** At least one kind could not be read; the others are shown. */
  readonly isPartial: boolean
}

const shownEntries = 5
/** The chat itself stands beside the sidebar; a lively one must not push visits and orders out of sight. */
const shownMessages = 2

interface Question { readonly externalUserId: string, readonly visits: boolean, readonly orders: boolean, readonly messages: boolean }

const joined = (...parts: (string | null)[]): string => parts.filter(Boolean).join(' · ')

/** Asks only for the kinds that this person may see. */
function questionsOf(api: Api, question: Question, signal: AbortSignal): Promise<RecentEntry[]>[] {
  const input = (limit: number) => ({ params: { externalUserId: question.externalUserId }, query: { limit } })
  const asked: Promise<RecentEntry[]>[] = []
  if (question.visits) {
    asked.push(api.call(routes.listVisits, input(shownEntries), { signal })
      .then(({ items }) => items.map((visit) => ({ kind: 'visit', at: visit.visitedAt, text: joined(visit.storeName, visit.note) }))))
  }
  if (question.orders) {
    asked.push(api.call(routes.listOrders, input(shownEntries), { signal })
      .then(({ items }) => items.map((order) => ({ kind: 'order', at: order.placedAt, text: joined(formatFen(order.amountFen), order.items.join('、')) }))))
  }
  if (question.messages) {
    asked.push(api.call(routes.listMessages, input(shownMessages), { signal })
      .then(({ items }) => items.map((message) => ({ kind: 'talk', at: message.sentAt, text: joined(message.staffName, message.text) }))))
  }
  return asked
}

async function readRecent(api: Api, question: Question, signal: AbortSignal): Promise<Recent> {
  const answers = await Promise.allSettled(questionsOf(api, question, signal))
  const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  const superseded = failed.find((reason) => reason instanceof Superseded)
  if (superseded) throw superseded
  if (failed.length > 0 && failed.length === answers.length) throw asFailure(failed[0])
  const entries = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  return { entries: entries.sort((a, b) => b.at - a.at).slice(0, shownEntries), isPartial: failed.length > 0 }
}

/** Visits, orders and messages of this customer in one line of time, newest first (T08). */
export function useRecent(card: () => CustomerCard): Latest<Recent> {
  const { api } = useServices()
  return useLatest((): Question => ({
    externalUserId: card().customer.externalUserId,
    visits: may(card(), 'talk.visits.view'),
    orders: may(card(), 'customer.spending.view'),
    messages: may(card(), 'talk.messages.view'),
  }), (question, signal) => readRecent(api, question, signal))
}
