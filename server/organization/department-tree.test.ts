import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WecomDepartment } from '../wecom/index.ts'
import { kindByName, treeOf } from './department-tree.ts'

const department = (id: number, parentId: number): WecomDepartment => ({ id, parentId, name: `d${id}`, order: 100 - id, leaders: [] })
const pathsOf = (departments: readonly WecomDepartment[]) => Object.fromEntries(treeOf(departments).map((node) => [node.id, node.path]))

describe('treeOf', () => {
  it('gives every department the path from the root, in whatever order they come', () => {
    const company = [department(12, 1), department(305, 12), department(1, 0), department(2, 1)]
    expect(pathsOf(company)).toEqual({ 1: '/1/', 2: '/1/2/', 12: '/1/12/', 305: '/1/12/305/' })
    expect(pathsOf([...company].reverse())).toEqual(pathsOf(company))
    expect(treeOf(company).find((node) => node.id === 305)).toEqual({ id: 305, name: 'd305', parentId: 12, path: '/1/12/305/', position: -205 })
  })

  it('lets a department whose parent we do not see stand at the top', () => {
    expect(pathsOf([department(12, 1), department(305, 12)])).toEqual({ 12: '/12/', 305: '/12/305/' })
    expect(treeOf([department(12, 1)])[0]?.parentId).toBeNull()
  })

  it('leaves out a department that is its own parent, and what lies below', () => {
    expect(pathsOf([department(1, 0), department(7, 7), department(8, 7)])).toEqual({ 1: '/1/' })
  })

  it('leaves out a cycle and what hangs on it, from whichever of them it is asked', () => {
    const cycle = [department(1, 0), department(2, 4), department(3, 2), department(4, 3), department(5, 3), department(6, 5), department(9, 1)]
    expect(pathsOf(cycle)).toEqual({ 1: '/1/', 9: '/1/9/' })
    expect(pathsOf([...cycle].reverse())).toEqual({ 1: '/1/', 9: '/1/9/' })
    expect(pathsOf([department(2, 3), department(3, 2)])).toEqual({})
  })

  it('is nothing for nothing', () => {
    expect(treeOf([])).toEqual([])
  })

  it('has exactly those departments from which the way up ends, and each path is that way', () => {
    const anyCompany = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1 }).chain((ids) =>
      fc.tuple(...ids.map((id) => fc.integer({ min: 0, max: 14 }).map((parentId) => department(id, parentId)))))
    fc.assert(fc.property(anyCompany, (company) => {
      const byId = new Map(company.map((one) => [one.id, one]))
      const wayUp = (id: number): number[] | null => {
        const way: number[] = []
        for (let at: number | undefined = id; at !== undefined; at = byId.has(byId.get(at)?.parentId ?? 0) ? byId.get(at)?.parentId : undefined) {
          if (way.includes(at)) return null
          way.unshift(at)
        }
        return way
      }
      const expected = company.flatMap((one) => {
        const way = wayUp(one.id)
        return way === null ? [] : [[one.id, `/${way.join('/')}/`]]
      })
      expect(pathsOf(company)).toEqual(Object.fromEntries(expected))
    }))
  })
})

describe('kindByName', () => {
  it.each([
    ['国贸店', 'store'], ['上海静安寺店（旗舰）', 'store'], ['SKP Store', 'store'],
    ['华东大区', 'region'], ['华南区域', 'region'],
    ['门店管理部', 'department'], ['店长培训班', 'department'], ['总部', 'department'], ['区域经理办公室', 'department'],
  ])('takes %s for a %s', (name, kind) => {
    expect(kindByName(name)).toBe(kind)
  })
})
