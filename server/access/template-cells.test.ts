import { describe, expect, it } from 'vitest'
import { grant, narrowed } from '../../test/access/support/small-policy.ts'
import { Invariant } from '../errors.ts'
import { parseTemplate, renderCell } from './template-cells.ts'

const scope = (kind: string) => ({ scope: { kind } })

describe('parseTemplate', () => {
  it('makes one grant of each scope and narrowing, whatever unit it is about', () => {
    expect(parseTemplate({ profile: 'Vf Eo', labels: 'Vo', visits: 'Vtr Or', templates: 'V', audit: 'O', tasks: 'Vs Ep', reports: 'V*' })).toEqual([
      grant(['customer.profile.view'], scope('followed')),
      grant(['customer.profile.edit', 'customer.labels.view'], scope('own')),
      grant(['talk.visits.view'], { ...scope('team'), ...narrowed }),
      grant(['talk.visits.operate'], narrowed),
      grant(['marketing.templates.view', 'system.audit.operate', 'marketing.reports.view']),
      grant(['talk.tasks.view'], scope('subtree')),
      grant(['talk.tasks.edit'], scope('pool')),
    ])
  })

  it('narrows each grant on its own', () => {
    const [one, other] = parseTemplate({ visits: 'Vtr', spending: 'Vor' })
    expect(one?.conditions).not.toBe(other?.conditions)
    expect(one?.conditions).toEqual(narrowed.conditions)
  })

  it('takes nothing that is not spelled so', () => {
    for (const cell of ['', 'X', 'v', 'Vx', 'Vft', 'Vrt', ' V', 'VE', 'xV', 'Vfr2']) expect(() => parseTemplate({ profile: cell })).toThrow(Invariant)
    for (const unit of ['nothing', 'customer.profile', '']) expect(() => parseTemplate({ [unit]: 'V' })).toThrow(Invariant)
  })
})

describe('renderCell', () => {
  const cell = (...grants: readonly [readonly string[], object][]) => renderCell(grants.map(([operations, more]) => grant(operations, more)), 'customer.labels')

  it('names each level with its scopes, from the near to the far', () => {
    expect(cell([['customer.labels.operate'], {}], [['customer.labels.view'], scope('team')], [['customer.labels.view'], scope('own')])).toBe('Vo Vt O*')
    expect(cell(...['all', 'subtree', 'team', 'own', 'pool', 'followed'].map((kind): [string[], object] => [['customer.labels.view'], scope(kind)]))).toBe('Vf Vp Vo Vt Vs V*')
    expect(cell([['customer.profile.view', 'customer.labels.edit'], scope('own')])).toBe('Eo')
    expect(cell([['customer.profile.view'], {}])).toBe('–')
    expect(cell()).toBe('–')
  })

  it('tells what is narrowed to the records of my stores from what is not', () => {
    const visits = (...grants: readonly object[]) => renderCell(grants.map((more) => grant(['talk.visits.view'], more)), 'talk.visits')
    expect(visits({ ...scope('team'), ...narrowed })).toBe('Vtr')
    expect(visits({ ...scope('team'), ...narrowed }, scope('team'))).toBe('Vt Vtr')
    expect(visits({ ...scope('team'), conditions: [{ kind: 'stage', anyOf: ['lead'] }, ...narrowed.conditions] })).toBe('Vtr')
    expect(visits(narrowed)).toBe('V*r')
  })

  it('names no scope where there is only one: templates, strategy and the system', () => {
    const bare = (operation: string, unit: string) => renderCell([grant([operation])], unit)
    expect(bare('marketing.templates.view', 'marketing.templates')).toBe('V')
    expect(bare('marketing.strategy.edit', 'marketing.strategy')).toBe('E')
    expect(bare('system.audit.operate', 'system.audit')).toBe('O')
    expect(bare('marketing.reports.view', 'marketing.reports')).toBe('V*')
    expect(renderCell([grant(['marketing.templates.view'], scope('own'))], 'marketing.templates')).toBe('Vo')
  })
})
