import type { RouteRecordRaw } from 'vue-router'

/** One screen of the console: where it is, what it is called, and what its viewer must hold for it to be offered. */
export interface ConsoleScreen {
  readonly path: string
  /** Key in the group `menu` of the texts. */
  readonly name: string
  /** Heading under which it stands. */
  readonly group: 'desk' | 'customers' | 'access' | 'safety' | 'reports'
  /** Any one of these; empty: everybody. Only for offering: the server decides each time. */
  readonly needs: readonly string[]
  readonly load: () => Promise<unknown>
  /** Reached from another screen, not from the menu. */
  readonly isHidden?: boolean
}

export const screens: readonly ConsoleScreen[] = [
  { path: '/', name: 'home', group: 'desk', needs: [], load: () => import('./screens/HomeScreen.vue') },
  { path: '/customers', name: 'customerList', group: 'customers', needs: ['customer.profile.view'], load: () => import('./screens/CustomersScreen.vue') },
]

export const groups = ['desk', 'customers', 'access', 'safety', 'reports'] as const

/** Whether the screen is offered to somebody who might ever do these operations. */
export function isOffered(screen: ConsoleScreen, operations: readonly string[]): boolean {
  return screen.needs.length === 0 || screen.needs.some((operation) => operations.includes(operation))
}

export const consoleRoutes: readonly RouteRecordRaw[] = [
  ...screens.map((screen): RouteRecordRaw => ({ path: screen.path, name: screen.name, component: screen.load, props: true })),
  { path: '/:rest(.*)*', redirect: '/' },
]
