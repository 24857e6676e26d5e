import { describe, expect, it } from 'vitest'
import { smallTree } from '../../test/access/support/small-policy.ts'
import { DepartmentTree } from './tree.ts'

describe('DepartmentTree', () => {
  it('T02: names the departments whose path does not lead to them once and without a circle, and lets no grant reach them', () => {
    const tree = new DepartmentTree([
      { id: 1, path: '/1/', deleted: false }, { id: 2, path: '/1/2/', deleted: false },
      { id: 3, path: '/1/2/', deleted: false }, { id: 4, path: '/1/4/2/4/', deleted: false }, { id: 5, path: '', deleted: false }, { id: 6, path: '/1/6/', deleted: true },
    ])
    expect(tree.unsound).toEqual([3, 4, 5])
    expect(tree.living()).toEqual([1, 2])
    expect([...tree.live([1, 2, 3, 4, 5, 6, 99])]).toEqual([1, 2])
    expect([...tree.below([1], false).ids].sort()).toEqual([1, 2])
    expect([...tree.below([1], true).ids].sort()).toEqual([1, 2, 3, 4, 6])
    expect([3, 4, 5, 6, 99].map((id) => tree.knows(id))).toEqual([true, true, true, true, false])
  })

  it('gives what lies above: the living for grants, for restrictions also what is deleted or unknown', () => {
    expect([[...smallTree.above([4], false)], [...smallTree.above([4], true)]]).toEqual([[1, 2], [1, 2, 4]])
    expect([[...smallTree.above([99, 3], false)], [...smallTree.above([99, 3], true)]]).toEqual([[1, 2, 3], [99, 1, 2, 3]])
  })
})
