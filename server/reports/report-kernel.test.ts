import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Report } from '#shared/contracts/reports'
import { Graph } from './bridges.ts'
import { GroupTree } from './group-tree.ts'
import { additions } from './populations.ts'
import { csvHead, csvRow } from './report-csv.ts'
import { defineReport, reportDefinitions } from './report-definitions.ts'
import { periodOf } from './report-period.ts'

describe('bridges', () => {
  it('are the edges on no cycle; two edges between the same two are one', () => {
    const graph = new Graph()
    const edge = (one: string, other: string) => graph.join(graph.vertex(one), graph.vertex(other))
    const [ab, bc, ca, cd] = [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd')]
    const [de, deAgain, lonely] = [edge('d', 'e'), edge('e', 'd'), edge('x', 'y')]
    expect([...graph.bridges()].sort()).toEqual([cd, lonely].sort())
    expect([ab, bc, ca, de, deAgain].every((one) => !graph.bridges().has(one))).toBe(true)
  })

  it('are exactly those without which their ends are apart', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 14, size: 'max' }), (pairs) => {
      const graph = new Graph()
      for (const [one, other] of pairs) graph.join(graph.vertex(String(one)), graph.vertex(String(other)))
      const apart = pairs.flatMap(([from, to], left) => {
        const reached = new Set([from])
        for (const one of reached) for (const [place, [a, b]] of pairs.entries()) if (place !== left && (a === one || b === one)) reached.add(a === one ? b : a)
        return reached.has(to) ? [] : [left]
      })
      expect([...graph.bridges()].sort((a, b) => a - b)).toEqual(apart)
    }))
  })
})

describe('the hierarchy of reports', () => {
  const departments = [{ id: 1, path: '/1/' }, { id: 10, path: '/1/10/' }, { id: 100, path: '/1/10/100/' }, { id: 101, path: '/1/10/101/' }, { id: 11, path: '/1/11/' }]
  const members = new Map([[100, ['lin', 'wu']], [10, ['zhou']]])
  const tree = (offered: readonly number[], more: Partial<ConstructorParameters<typeof GroupTree>[0]> = {}) => new GroupTree({ departments, offered: new Set(offered), members, everywhere: false, ...more })
  const nameOf = (of: GroupTree, place: number) => (place < 0 ? 'outside' : `${of.groups[place]?.kind ?? ''} ${of.groups[place]?.departmentId ?? ''} ${of.groups[place]?.staffId ?? ''}`.trim())

  it('counts everything in exactly one leaf: at its person, else with the others of its department', () => {
    const all = tree([1, 10, 100, 101, 11], { everywhere: true })
    expect(nameOf(all, all.leafOf(100, 'lin'))).toBe('staff 100 lin')
    expect(nameOf(all, all.leafOf(100, 'zhou'))).toBe('staff 100')
    expect(nameOf(all, all.leafOf(10, 'zhou'))).toBe('staff 10 zhou')
    expect(all.groups[all.groups[all.leafOf(10, 'zhou')]?.parent ?? 0]?.kind).toBe('direct')
    expect(nameOf(all, all.leafOf(null, null))).toBe('staff 1')
    const leaves = all.groups.filter((group) => group.children.length === 0)
    for (const leaf of leaves) expect(all.groups.filter((group) => all.below(group.place).includes(leaf.place)).map((group) => group.kind)[0]).toBe('scope')
  })

  it('holds only departments of the scope; what lies below one that is not offered counts for the next above, what lies elsewhere for nothing', () => {
    const region = tree([10, 101])
    expect(region.tops.map((place) => nameOf(region, place))).toEqual(['department 10'])
    expect(nameOf(region, region.leafOf(100, 'lin'))).toBe('staff 10')
    expect([region.leafOf(11, null), region.leafOf(1, null), region.leafOf(null, null), region.leafOf(999, null)]).toEqual([-1, -1, -1, -1])
    expect([region.department(100), region.department(1)]).toEqual([undefined, undefined])
    expect(tree([100, 11]).tops).toHaveLength(2)
  })

  it('is the scope alone for somebody without departments, and ends at departments for reports without people', () => {
    const own = tree([])
    expect([own.showsScope, own.leafOf(100, 'lin'), own.leafOf(null, null)]).toEqual([true, 0, 0])
    const stores = tree([1, 10, 100], { members: null })
    expect(nameOf(stores, stores.leafOf(100, 'lin'))).toBe('department 100')
    expect(nameOf(stores, stores.leafOf(101, null))).toBe('direct 10')
  })
})

describe('periods of reports', () => {
  const zone = 'Asia/Shanghai'
  const now = Date.UTC(2026, 2, 15, 3)

  it('are the last closed day and month when none is named', () => {
    expect(periodOf('day', undefined, now, zone)).toMatchObject({ kind: 'day', from: '2026-03-14', to: '2026-03-14' })
    const month = periodOf('month', undefined, now, zone)
    expect([month.from, month.to, month.starts.length]).toEqual(['2026-02-01', '2026-02-28', 29])
    expect(month.starts[0]).toBe(Date.UTC(2026, 0, 31, 16))
    expect(month.starts.at(-1)).toBe(Date.UTC(2026, 1, 28, 16))
  })

  it('of a day begin with its month, because a day is decided from those before it', () => {
    expect(periodOf('day', '2026-03-03', now, zone).starts.map((start) => new Date(start).toISOString().slice(0, 10))).toEqual(['2026-02-28', '2026-03-01', '2026-03-02', '2026-03-03'])
    expect(periodOf('day', '2026-03-01', Date.UTC(2026, 2, 1, 16), zone).starts).toHaveLength(2)
  })

  it('are whole and over', () => {
    for (const [kind, from] of [['day', '2026-03-15'], ['day', '2027-01-01'], ['month', '2026-03-01']] as const) expect(() => periodOf(kind, from, now, zone)).toThrow('report.period_open')
    for (const [kind, from] of [['month', '2026-02-02'], ['day', '2026-02-30'], ['day', '0001-01-01'], ['day', 'x']] as const) expect(() => periodOf(kind, from, now, zone)).toThrow('request.invalid')
    expect(periodOf('day', '2026-03-14', Date.UTC(2026, 2, 14, 16), zone).to).toBe('2026-03-14')
    expect(() => periodOf('day', '2026-03-14', Date.UTC(2026, 2, 14, 15, 59, 59, 999), zone)).toThrow('report.period_open')
  })
})

describe('definitions of reports', () => {
  it('declare each measure once, and no facts belong to two reports', () => {
    const measures = reportDefinitions.flatMap((one) => one.measures)
    expect(new Set(measures).size).toBe(measures.length)
    const populations = reportDefinitions.flatMap((one) => one.parts.map((part) => JSON.stringify(part.population)))
    expect(new Set(populations).size).toBe(populations.length)
    const part = { population: additions, measures: [['newCustomers', { kind: 'sum', place: 0 }]] } as const
    expect(() => defineReport('customers', [part, part])).toThrow('declares a measure twice')
  })
})

describe('files of reports', () => {
  const report: Report = {
    name: 'spending', measures: ['buyers', 'amountFen'], period: { kind: 'day', from: '2026-03-14', to: '2026-03-14' }, countedUntil: '2026-02-28', level: 'store', smallest: 5,
    department: { id: 10, name: '=华东"大区"', kind: 'region' }, total: { buyers: { value: 12 }, amountFen: { value: 123_450 } }, groups: [],
  }

  it('hold no formula, no line break and no figure that the screen withholds', () => {
    const lines = csvHead(report, { name: '+林\r\n辉', userid: 'lin', at: '2026/03/15 11:00', requestId: 'r1' }).split('\r\n')
    expect(lines).toEqual([
      '\ufeff"导出人","\'+林 辉（lin）","导出时间","2026/03/15 11:00","申请编号","r1"',
      '"报表","消费","范围","\'=华东""大区""","期间","2026-03-14","少于此数的分组不显示","5"',
      '"部门","消费客户数","消费金额（元）"', '"合计","12","1234.50"', '',
    ])
    const group = { department: { id: 1, name: '@店', kind: 'store' }, direct: true, staff: null, figures: { buyers: { suppressed: true as const }, amountFen: { suppressed: true as const } } }
    expect(csvRow(report, group)).toBe('"\'@店（直属）","—","—"\r\n')
    expect(csvRow({ ...report, level: 'staff' }, group)).toBe('"\'@店（直属）","其他","—","—"\r\n')
  })
})
