import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { recordKinds, type RecordKind } from '../customers/card.ts'

/** What is open for the customer of this chat. */
export type Screen =
  | { readonly name: 'card' }
  | { readonly name: 'edit' }
  | { readonly name: 'blocks' }
  | { readonly name: 'records', readonly tab: RecordKind }

export interface Screens {
  readonly screen: Readonly<ShallowRef<Screen>>
  readonly open: (screen: Screen) => void
  readonly close: () => void
}

const card: Screen = { name: 'card' }

/** Reads an entry of the browser's history; one of another customer, or of another shape, means the card. */
function screenFrom(state: unknown, customer: string): Screen {
  if (typeof state !== 'object' || state === null || !('customer' in state) || state.customer !== customer) return card
  if ('screen' in state && (state.screen === 'edit' || state.screen === 'blocks')) return { name: state.screen }
  const tab = 'tab' in state ? recordKinds.find((kind) => kind === state.tab) : undefined
  return tab ? { name: 'records', tab } : card
}

/** The screen of this customer, kept in the history so that the phone's back key and a reload of the webview work. */
export function useScreens(customer: () => string | null): Screens {
  const screen = shallowRef<Screen>(card)

  function stateOf(next: Screen): object {
    return { customer: customer(), screen: next.name, tab: next.name === 'records' ? next.tab : null }
  }

  function open(next: Screen): void {
    if (screen.value.name === next.name) history.replaceState(stateOf(next), '')
    else history.pushState(stateOf(next), '')
    screen.value = next
  }

  function close(): void {
    if (screen.value.name === 'card') return
    screen.value = card
    history.back()
  }

  const onBack = (): void => { screen.value = screenFrom(history.state, customer() ?? '') }
  window.addEventListener('popstate', onBack)
  onScopeDispose(() => window.removeEventListener('popstate', onBack))

  watch(customer, (id) => { screen.value = id === null ? card : screenFrom(history.state, id) }, { immediate: true, flush: 'sync' })

  return { screen, open, close }
}
