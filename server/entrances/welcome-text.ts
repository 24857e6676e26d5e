import type { EntityManager } from 'typeorm'
import type { Screening, Screenings } from '../screening/index.ts'

/** What a store says to somebody new. */
export const welcomeOf = (store: string): string => `您好，欢迎来到${store}！我是您的专属顾问，有任何需要随时告诉我。`

/** Says no name that anybody could choose. */
export const plainWelcome = '您好，欢迎！我是您的专属顾问，有任何需要随时告诉我。'

export interface ScreenedWelcome {
  /** What may leave; null: nothing. */
  readonly text: string | null
  /** Why the wanted text may not. */
  readonly stopped: Screening | null
}

/**
 * The wanted text if the words in force let it leave without a person, else the plain one, else none (S39): nobody looks at a welcome
 * before it goes, so a finding that a person would have to judge stops it as well.
 */
export async function screenWelcome(screenings: Pick<Screenings, 'scanAll'>, wanted: string, db?: EntityManager): Promise<ScreenedWelcome> {
  const [first, plain] = await screenings.scanAll([wanted, plainWelcome], db)
  if (first?.verdict === 'pass') return { text: wanted, stopped: null }
  return { text: plain?.verdict === 'pass' ? plainWelcome : null, stopped: first ?? null }
}
