import { ref, type Ref } from 'vue'

export type Surface = 'sidebar' | 'console'

/** A second 401 so soon after a sign-in means that signing in again will not help. */
const quietMs = 20_000
const mark = 'sign-in.startedAt'
const placeKept = 'sign-in.place'

export interface SignIn {
  /** True from the first 401 on: nothing of the former session may stay on the screen. */
  readonly signedOut: Readonly<Ref<boolean>>
  /** True when going to the sign-in by ourselves would only turn in a circle. */
  readonly stuck: Readonly<Ref<boolean>>
  /** Called on a 401. Goes to the sign-in at most once per page load. */
  readonly begin: () => void
  /** The person asks for it. */
  readonly again: () => void
  /** Called on a good answer. */
  readonly succeeded: () => void
}

export interface SignInSettings {
  readonly surface: Surface
  readonly location: Pick<Location, 'pathname' | 'search' | 'hash' | 'assign'>
  readonly storage: Storage
}

/** Where the sign-in starts, and where it comes back to. */
export function signInAddress(surface: Surface, page: Pick<Location, 'pathname' | 'search'>): string {
  return `/auth/wecom?surface=${surface}&return=${encodeURIComponent(page.pathname + page.search)}`
}

/**
 * The screen from which the sign-in was begun in this window, once; empty when there was none. The part of an address behind `#`
 * does not survive WeCom's page, and a card's link to a request would end at the first screen.
 */
export function takePlace(storage: Storage): string {
  const place = storage.getItem(placeKept) ?? ''
  storage.removeItem(placeKept)
  return place.startsWith('#/') ? place : ''
}

export function createSignIn({ surface, location, storage }: SignInSettings): SignIn {
  const signedOut = ref(false)
  const stuck = ref(false)

  function go(): void {
    storage.setItem(mark, String(Date.now()))
    if (location.hash !== '') storage.setItem(placeKept, location.hash)
    location.assign(signInAddress(surface, location))
  }

  function begin(): void {
    if (signedOut.value) return
    signedOut.value = true
    const startedAt = Number(storage.getItem(mark) ?? 0)
    stuck.value = Date.now() - startedAt < quietMs
    if (!stuck.value) go()
  }

  return { signedOut, stuck, begin, again: go, succeeded: () => storage.removeItem(mark) }
}
