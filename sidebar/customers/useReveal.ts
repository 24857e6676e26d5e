import { inject, onScopeDispose, provide, readonly, ref, shallowRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import type { CustomerField } from '#shared/access/fields'
import type { RevealReason } from '#shared/contracts/reveal'
import { asFailure, Superseded, type ApiFailure } from '../api/failure.ts'
import { routes } from '../api/routes.ts'
import { useServices } from '../services.ts'

/** The presets, in the order of the sheet; `locales.test.ts` holds them equal to the contract. */
export const revealReasons = ['call', 'delivery', 'verify', 'complaint', 'other'] as const satisfies readonly RevealReason[]

/** How long a revealed value stays on the screen. */
const shownMs = 30_000

export type RevealTarget = { readonly field: CustomerField } | { readonly messageId: string }

export interface Revealed {
  readonly target: RevealTarget
  readonly value: string | number | null
  readonly endsAt: number
  /** How many are left today. */
  readonly left: number
}

export interface RevealDesk {
  /** What the reason is being asked for. */
  readonly asked: Readonly<ShallowRef<RevealTarget | null>>
  /** The one value that is shown in clear now. */
  readonly shown: Readonly<ShallowRef<Revealed | null>>
  readonly secondsLeft: Readonly<Ref<number>>
  readonly isBusy: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  readonly ask: (target: RevealTarget) => void
  readonly cancel: () => void
  readonly confirm: (reason: RevealReason, note?: string) => Promise<void>
  readonly hide: () => void
}

const key: InjectionKey<RevealDesk> = Symbol('reveal')

/** The desk of the screen around, if it has one: without it nothing can be revealed. */
export const useRevealDesk = (): RevealDesk | null => inject(key, null)

export const isSame = (a: RevealTarget | undefined, b: RevealTarget): boolean =>
  a !== undefined && ('field' in a ? 'field' in b && a.field === b.field : 'messageId' in b && a.messageId === b.messageId)

/**
 * Shows one masked value of one customer in clear for thirty seconds. It belongs to the screen that provides it and goes with it,
 * so nothing outlives the chat or the rules; a value whose rules changed on the way is not shown at all.
 */
export function provideReveal(externalUserId: () => string): RevealDesk {
  const { api } = useServices()
  const asked = shallowRef<RevealTarget | null>(null)
  const shown = shallowRef<Revealed | null>(null)
  const secondsLeft = ref(0)
  const isBusy = ref(false)
  const failure = shallowRef<ApiFailure | null>(null)
  let running: AbortController | null = null
  let timer: ReturnType<typeof setInterval> | undefined

  function hide(): void {
    clearInterval(timer)
    shown.value = null
  }

  /** Also after the webview slept: by the clock, not by counting ticks. */
  function tick(): void {
    secondsLeft.value = shown.value === null ? 0 : Math.ceil((shown.value.endsAt - Date.now()) / 1000)
    if (secondsLeft.value <= 0) hide()
  }

  function show(target: RevealTarget, answer: { readonly value: string | number | null, readonly left: number }): void {
    clearInterval(timer)
    shown.value = { target, ...answer, endsAt: Date.now() + shownMs }
    tick()
    timer = setInterval(tick, 1000)
  }

  async function read(target: RevealTarget, why: { readonly reason: RevealReason, readonly note?: string }, signal: AbortSignal) {
    const id = externalUserId()
    if ('field' in target) return api.call(routes.revealField, { params: { externalUserId: id }, body: { field: target.field, ...why } }, { signal })
    const { text, left } = await api.call(routes.revealMessage, { params: { externalUserId: id, messageId: target.messageId }, body: why }, { signal })
    return { value: text, left }
  }

  async function confirm(reason: RevealReason, note?: string): Promise<void> {
    const target = asked.value
    if (target === null || isBusy.value) return
    const mine = new AbortController()
    const generation = api.epoch.generation.value
    running = mine
    isBusy.value = true
    failure.value = null
    try {
      const answer = await read(target, note === undefined ? { reason } : { reason, note }, mine.signal)
      if (running !== mine || api.epoch.generation.value !== generation) return
      asked.value = null
      show(target, answer)
    } catch (thrown) {
      if (running === mine && !(thrown instanceof Superseded)) failure.value = asFailure(thrown)
    } finally {
      if (running === mine) isBusy.value = false
    }
  }

  function cancel(): void {
    running?.abort()
    running = null
    isBusy.value = false
    failure.value = null
    asked.value = null
  }

  function ask(target: RevealTarget): void {
    cancel()
    asked.value = target
  }

  document.addEventListener('visibilitychange', tick)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', tick)
    cancel()
    hide()
  })

  const desk: RevealDesk = { asked, shown, secondsLeft: readonly(secondsLeft), isBusy: readonly(isBusy), failure, ask, cancel, confirm, hide }
  provide(key, desk)
  return desk
}
