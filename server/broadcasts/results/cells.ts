import type { Figure } from '#shared/contracts/reports'
import { outcomeCells, type ResultCell } from '#shared/broadcast-words'

/** How many messages have which result. */
export type Counts = Readonly<Record<ResultCell, number>>
export type Cells = Record<ResultCell, Figure>

export function eachCell<T>(of: (cell: ResultCell) => T): Record<ResultCell, T> {
  return {
    sent: of('sent'), leaving: of('leaving'), unsent: of('unsent'), notFriend: of('notFriend'), overLimit: of('overLimit'), leftOut: of('leftOut'),
    replied: of('replied'), visited: of('visited'), ordered: of('ordered'), contracted: of('contracted'),
  }
}

export const none: Counts = eachCell(() => 0)

export const sumOf = (many: readonly Counts[]): Counts => eachCell((cell) => many.reduce((sum, one) => sum + one[cell], 0))

/** Messages of any outcome: each has one. */
export const messagesIn = (counts: Counts): number => outcomeCells.reduce((sum, cell) => sum + counts[cell], 0)
