import { describe, expect, it } from 'vitest'
import { assignRole, defaultTemplateRules, type AssignmentFacts } from './template-rules.ts'

const inStore = [{ id: 12, path: '/1/5/12/', kind: 'store' }]
const inOffice = [{ id: 3, path: '/1/3/', kind: 'department' }]
const facts = (position: string, departments: AssignmentFacts['departments'] = inOffice): AssignmentFacts => ({ departments, position, leader: false })

describe('assignRole', () => {
  it.each([
    ['店长', inStore, 'store-manager'], ['店长', inOffice, 'trainee'], ['副店长', inStore, 'clerk'],
    ['导购', inStore, 'clerk'], ['高级店员', inStore, 'clerk'],
    ['高级顾问', inStore, 'sales'], ['销售代表', inOffice, 'sales'],
    ['客服组长', inOffice, 'service-lead'], ['客服专员', inOffice, 'service'],
    ['华东区域经理', inOffice, 'regional-manager'],
    ['销售主管', inOffice, 'sales-head'], ['销售总监', inOffice, 'sales-head'],
    ['市场总监', inOffice, 'marketing-director'], ['总部运营', inOffice, 'hq-operations'],
    ['总监', inOffice, 'director'], ['总经理', inOffice, 'director'],
    ['总经理助理', inOffice, 'trainee'], ['管理员', inOffice, 'trainee'], ['', [], 'trainee'],
  ])('gives %s in %j the role %s', (position, departments, roleKey) => {
    expect(assignRole(defaultTemplateRules, facts(position, departments))).toBe(roleKey)
  })

  it('S10: a new marketing employee gets the marketing template, somebody without a rule is a trainee', () => {
    expect(assignRole(defaultTemplateRules, facts('市场专员'))).toBe('marketing')
    expect(assignRole(defaultTemplateRules, facts('行政'))).toBe('trainee')
    expect(assignRole([], facts('市场专员'))).toBe('trainee')
  })

  const rule = { rank: 1, departmentId: null, departmentKind: null, positionContains: null, leader: null, roleKey: 'director' }

  it('never gives the administrator by a rule', () => {
    expect(assignRole([{ ...rule, roleKey: 'administrator' }], facts('总经理'))).toBe('trainee')
  })

  it('takes the lowest rank, whatever the order', () => {
    const rules = [{ ...rule, rank: 9, roleKey: 'sales' }, { ...rule, rank: 2, roleKey: 'clerk' }]
    expect(assignRole(rules, facts(''))).toBe('clerk')
    expect(assignRole(rules.toReversed(), facts(''))).toBe('clerk')
  })

  it('asks for every given part: department or below, kind of the same department, leader flag', () => {
    const region = { ...rule, departmentId: 5, departmentKind: 'store', leader: true }
    expect(assignRole([region], { departments: inStore, position: '', leader: true })).toBe('director')
    expect(assignRole([region], { departments: inStore, position: '', leader: false })).toBe('trainee')
    expect(assignRole([{ ...region, departmentId: 1 }], { departments: inStore, position: '', leader: true })).toBe('director')
    expect(assignRole([{ ...region, departmentId: 2 }], { departments: inStore, position: '', leader: true })).toBe('trainee')
    const split = [{ id: 5, path: '/1/5/', kind: 'department' }, { id: 9, path: '/1/9/', kind: 'store' }]
    expect(assignRole([region], { departments: split, position: '', leader: true })).toBe('trainee')
  })

  it('asks only for the parts that are given', () => {
    const inTwo = [{ id: 12, path: '/1/5/12/', kind: 'store' }, { id: 3, path: '/1/3/', kind: 'department' }]
    const given = (part: object, departments: AssignmentFacts['departments']) => assignRole([{ ...rule, ...part }], facts('', departments))
    expect([given({}, []), given({ departmentId: 5 }, []), given({ departmentKind: 'store' }, [])]).toEqual(['director', 'trainee', 'trainee'])
    expect([given({ departmentId: 5 }, inStore), given({ departmentId: 5 }, inOffice), given({ departmentId: 5 }, inTwo), given({ departmentId: 3 }, inOffice)]).toEqual(['director', 'trainee', 'director', 'director'])
    expect([given({ departmentKind: 'store' }, inStore), given({ departmentKind: 'store' }, inOffice), given({ departmentKind: 'store' }, inTwo)]).toEqual(['director', 'trainee', 'director'])
  })

  it('takes the first role by name among those of one rank, whatever the order', () => {
    const rules = ['sales', 'clerk', 'director'].map((roleKey) => ({ ...rule, roleKey }))
    for (const order of [rules, rules.toReversed(), [...rules.slice(1), ...rules.slice(0, 1)]]) expect(assignRole(order, facts(''))).toBe('clerk')
  })

  it('S10: whoever is still learning is a trainee, whatever he learns', () => {
    for (const position of ['实习销售', '实习导购', '市场实习', '销售助理']) expect(assignRole(defaultTemplateRules, facts(position))).toBe('trainee')
  })
})
