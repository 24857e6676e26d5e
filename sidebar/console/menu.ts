import type { RouteRecordRaw } from 'vue-router'

/** One screen of the console: where it is, what it is called, and what its viewer must hold for it to be offered. */
export interface ConsoleScreen {
  readonly path: string
  /** Key in the group `menu` of the texts. */
  readonly name: string
  /** Heading under which it stands. */
  readonly group: 'desk' | 'customers' | 'marketing' | 'reports' | 'access' | 'safety' | 'system'
  /** Any one of these; empty: everybody. Only for offering: the server decides each time. */
  readonly needs: readonly string[]
  readonly load: () => Promise<unknown>
  /** Reached from another screen, not from the menu. */
  readonly isHidden?: boolean
}

export const screens: readonly ConsoleScreen[] = [
  { path: '/approvals', name: 'approvals', group: 'desk', needs: [], load: () => import('./screens/ApprovalsScreen.vue') },
  { path: '/approvals/:id', name: 'approval', group: 'desk', needs: [], load: () => import('./screens/ApprovalScreen.vue'), isHidden: true },
  { path: '/', name: 'home', group: 'desk', needs: [], load: () => import('./screens/HomeScreen.vue') },
  { path: '/customers', name: 'customerList', group: 'customers', needs: ['customer.profile.view'], load: () => import('./screens/CustomersScreen.vue') },
  { path: '/broadcasts', name: 'broadcasts', group: 'marketing', needs: ['marketing.broadcasts.view'], load: () => import('./screens/BroadcastsScreen.vue') },
  { path: '/broadcasts/:id', name: 'broadcast', group: 'marketing', needs: ['marketing.broadcasts.view'], load: () => import('./screens/BroadcastScreen.vue'), isHidden: true },
  { path: '/hand-broadcasts/:id', name: 'handBroadcast', group: 'marketing', needs: ['marketing.broadcasts.view'], load: () => import('./screens/HandBroadcastScreen.vue'), isHidden: true },
  { path: '/results', name: 'results', group: 'marketing', needs: ['marketing.broadcasts.view'], load: () => import('./screens/ResultsScreen.vue') },
  { path: '/templates', name: 'templates', group: 'marketing', needs: ['marketing.templates.view'], load: () => import('./screens/TemplatesScreen.vue') },
  { path: '/templates/:id', name: 'template', group: 'marketing', needs: ['marketing.templates.view'], load: () => import('./screens/TemplateScreen.vue'), isHidden: true },
  { path: '/limits', name: 'limits', group: 'marketing', needs: ['marketing.strategy.view'], load: () => import('./screens/LimitsScreen.vue') },
  { path: '/words', name: 'words', group: 'marketing', needs: ['marketing.strategy.view'], load: () => import('./screens/WordsScreen.vue') },
  { path: '/reports', name: 'team', group: 'reports', needs: ['marketing.reports.view'], load: () => import('./screens/ReportsScreen.vue') },
  { path: '/policy', name: 'roles', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/RolesScreen.vue') },
  { path: '/staff', name: 'staff', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/StaffScreen.vue') },
  { path: '/staff/:userid', name: 'staffMember', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/StaffMemberScreen.vue'), isHidden: true },
  { path: '/grants', name: 'grants', group: 'access', needs: [], load: () => import('./screens/GrantsScreen.vue') },
  { path: '/campaigns', name: 'campaigns', group: 'access', needs: ['marketing.strategy.view'], load: () => import('./screens/CampaignsScreen.vue') },
  { path: '/campaigns/:id', name: 'campaign', group: 'access', needs: ['marketing.strategy.view'], load: () => import('./screens/CampaignScreen.vue'), isHidden: true },
  { path: '/explain', name: 'explain', group: 'access', needs: ['customer.profile.view', 'system.policy.view'], load: () => import('./screens/ExplainScreen.vue') },
  { path: '/policy/publish', name: 'preview', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/PublishScreen.vue') },
  { path: '/policy/drafts/:id', name: 'draft', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/DraftScreen.vue'), isHidden: true },
  { path: '/policy/tests', name: 'scenarios', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/PolicyTestsScreen.vue') },
  { path: '/policy/tests/:id', name: 'scenario', group: 'access', needs: ['system.policy.view'], load: () => import('./screens/PolicyTestScreen.vue'), isHidden: true },
  { path: '/audit', name: 'audit', group: 'safety', needs: ['system.audit.view'], load: () => import('./screens/AuditScreen.vue') },
  { path: '/reveals', name: 'reveals', group: 'safety', needs: ['system.audit.view', 'marketing.approvals.view'], load: () => import('./screens/RevealsScreen.vue') },
  // Superiors are those who may decide about somebody's requests; whom one may let in again is for the server to say.
  { path: '/freezes', name: 'freezes', group: 'safety', needs: ['system.policy.operate', 'marketing.approvals.operate'], load: () => import('./screens/FreezesScreen.vue') },
  { path: '/parked', name: 'parked', group: 'system', needs: ['system.integration.view'], load: () => import('./screens/ParkedScreen.vue') },
]

export const groups = ['desk', 'customers', 'marketing', 'reports', 'access', 'safety', 'system'] as const

/** Whether the screen is offered to somebody who might ever do these operations. */
export function isOffered(screen: ConsoleScreen, operations: readonly string[]): boolean {
  return screen.needs.length === 0 || screen.needs.some((operation) => operations.includes(operation))
}

export const consoleRoutes: readonly RouteRecordRaw[] = [
  ...screens.map((screen): RouteRecordRaw => ({ path: screen.path, name: screen.name, component: screen.load, props: true })),
  { path: '/:rest(.*)*', redirect: '/' },
]
