import { describe, expect, it } from 'vitest'
import { deny, grant, narrowed, profile, roleGrants, smallTree } from '../../test/access/support/small-policy.ts'
import { companyPolicyFrom, type CompanyPolicy } from './company-policy.ts'
import { shareGrant } from './grant-sources.ts'

describe('companyPolicyFrom', () => {
  it('T01: replaces all rules but the restrictions that cannot be read and have not been ended', () => {
    const before: CompanyPolicy = {
      tree: smallTree, grantsByRole: new Map([['gone', roleGrants([profile])]]), nodeGrants: [], problems: [{ kind: 'restriction', id: 'unreadable' }],
      restrictions: [{ id: 'unreadable', restriction: null }, { id: 'ended', restriction: null, endedAt: 5 }, deny(['customer.profile.view']), { ...deny(['customer.profile.view']), endedAt: 5 }],
    }
    const definition = deny(['customer.labels.view']).restriction
    if (definition === null) throw new Error('a restriction that can be read')
    const after = companyPolicyFrom(before, { roles: [{ roleKey: 'clerk', grants: [profile] }], restrictions: [{ id: 'new', definition }], nodeGrants: [] })
    expect(after.restrictions).toEqual([{ id: 'unreadable', restriction: null }, { id: 'restriction:new', restriction: definition }])
    expect([...after.grantsByRole]).toEqual([['clerk', [{ id: 'role:clerk#1', source: { kind: 'role', roleKey: 'clerk' }, grant: profile }]]])
    expect([after.tree, after.problems]).toEqual([before.tree, before.problems])
  })
})

describe('shareGrant', () => {
  const share = (operations: Parameters<typeof shareGrant>[0]['operations'], grants: Parameters<typeof roleGrants>[0]) =>
    shareGrant({ id: '7', customerId: 'c', operations, fromAt: 1, untilAt: 2 }, roleGrants(grants))

  it('gives each grant of the role for this one customer, as far as the share names its operations', () => {
    const visits = grant(['customer.profile.view', 'talk.visits.edit'], { ...narrowed, scope: { kind: 'own' } })
    expect(share(['customer.profile.view', 'talk.visits.view', 'customer.labels.view'], [visits, grant(['talk.tasks.view'])])).toEqual([{
      id: 'share:7', source: { kind: 'share', shareId: '7' }, from: 1, until: 2,
      grant: { ...visits, operations: ['customer.profile.view', 'talk.visits.view'], scope: { kind: 'customers', customerIds: ['c'] } },
    }])
  })

  it('gives nothing that may never be given for a time, whatever share and role say', () => {
    const role = [grant(['marketing.reports.operate', 'marketing.approvals.operate', 'system.policy.view'])]
    expect(share(['marketing.reports.operate', 'marketing.approvals.operate', 'system.policy.view'], role)).toEqual([])
    expect(share([], role)).toEqual([])
  })
})
