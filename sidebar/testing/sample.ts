import type { CustomerCard, CustomerValues } from '#shared/contracts/customers'
import type { Viewer } from '../identity/useViewer.ts'

export const juneSecond = Date.UTC(2026, 5, 2, 4, 0)

/** The clerk in front of the screen. */
export function aViewer(over: Partial<Viewer> = {}): Viewer {
  return {
    staff: { userid: 'lin', name: '林小满', departments: [{ id: 5, name: '国贸店', kind: 'store' }] },
    roles: [{ key: 'clerk', label: '导购' }],
    operations: ['customer.profile.view', 'marketing.entrances.view'],
    epoch: 7,
    zone: 'Asia/Shanghai',
    now: juneSecond,
    ...over,
  }
}

interface CardInput {
  readonly customer?: CustomerValues & { readonly externalUserId?: string, readonly version?: number }
  readonly fields?: CustomerCard['fields']
  readonly operations?: readonly string[]
  readonly writable?: readonly string[]
  readonly revealable?: readonly string[]
  readonly contactRefusal?: CustomerCard['contactRefusal']
}

/** A customer of whom nothing but the name may be seen, plus what a test is about. */
export function aCard({ customer = {}, fields = {}, operations = ['customer.profile.view'], writable = [], revealable = [], contactRefusal = null }: CardInput = {}): CustomerCard {
  return {
    customer: { externalUserId: 'wmChen', version: 3, type: 1, name: '陈女士', ...customer },
    fields,
    abilities: { operations: [...operations], writable: [...writable], revealable: [...revealable] },
    contactRefusal,
  }
}

export const signatures = {
  corpId: 'wwa1b2c3d4e5f60718',
  agentId: 1000002,
  corp: { timestamp: 1, nonceStr: 'corp', signature: 'c' },
  agent: { timestamp: 2, nonceStr: 'agent', signature: 'a' },
}
