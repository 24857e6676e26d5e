import { describe, expect, it } from 'vitest'
import { DepartmentTree, type DepartmentNode } from '../tree.ts'
import { atNode, belowNode } from './nodes.ts'
import { departmentBases } from './ways.ts'

/** The root, 30 regions, in each 10 stores. */
const nodes: DepartmentNode[] = [
  { id: 1, path: '/1/', deleted: false },
  ...Array.from({ length: 30 }, (_, region) => ({ id: 100 + region, path: `/1/${100 + region}/`, deleted: false })),
  ...Array.from({ length: 300 }, (_, store) => ({ id: 1_000 + store, path: `/1/${100 + (store % 30)}/${1_000 + store}/`, deleted: false })),
]
const tree = new DepartmentTree(nodes)
const nodesFor = (ids: readonly number[], most?: number) => {
  const bases = departmentBases(tree, new Set(ids), most)
  return bases === null ? null : bases.map((base) => (base.kind === 'node' ? base.node : 0))
}
/** The nodes under which the product would list somebody who stands in this department. */
const nodesOf = (id: number) => {
  const path = nodes.find((one) => one.id === id)?.path.split('/').filter((step) => step !== '').map(Number) ?? []
  return path.map((step) => (step === id ? atNode(id) : belowNode(step)))
}
const covers = (found: readonly number[], ids: readonly number[]) => ids.every((id) => nodesOf(id).some((node) => found.includes(node)))

describe('the nodes of departments', () => {
  it('are their own while they are few, and the region where all of it is meant', () => {
    expect(nodesFor([1_000, 1_001, 1_002])).toEqual([atNode(1_000), atNode(1_001), atNode(1_002)])
    const region = nodes.filter((one) => one.path.includes('/100/')).map((one) => one.id)
    expect(nodesFor(region)).toEqual([atNode(100), belowNode(100)])
  })

  it('are those above when they are more than sixty: no customer of any is lost, and no scan too many is made', () => {
    for (const count of [60, 61, 100, 250, 299]) {
      const ids = Array.from({ length: count }, (_, place) => 1_000 + place)
      const found = nodesFor(ids)
      expect(found).not.toBeNull()
      expect([count, covers(found ?? [], ids)]).toEqual([count, true])
      expect((found ?? []).length).toBeLessThanOrEqual(120)
      expect(new Set(found).size).toBe(found?.length)
    }
    expect(nodesFor(Array.from({ length: 61 }, (_, place) => 1_000 + place))).toEqual(expect.arrayContaining([belowNode(100), belowNode(129)]))
    expect(nodesFor(Array.from({ length: 60 }, (_, place) => 1_000 + place))?.every((node) => node < belowNode(0))).toBe(true)
  })

  it('are everybody when even the regions are too many, or the root is all that is left', () => {
    const ids = Array.from({ length: 299 }, (_, place) => 1_000 + place)
    expect(nodesFor(ids, 30)).toHaveLength(60)
    expect(nodesFor(ids, 29)).toEqual([atNode(1), belowNode(1)])
    expect(nodesFor([1_000, 1_001], 0)).toBeNull()
  })
})
