import { expect, it } from 'vitest'
import { isNeverTemporary } from './never-temporary.ts'
import { operations } from './operations.ts'

it('exports, decisions about requests, the strategy and the system are never given for a time, all else may be', () => {
  expect(operations.filter(isNeverTemporary)).toEqual([
    'marketing.approvals.view', 'marketing.approvals.edit', 'marketing.approvals.operate',
    'marketing.reports.operate',
    'marketing.strategy.view', 'marketing.strategy.edit', 'marketing.strategy.operate',
    ...operations.filter((operation) => operation.startsWith('system.')),
  ])
})
