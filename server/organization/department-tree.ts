import type { WecomDepartment } from '../wecom/index.ts'

export interface TreeNode {
  readonly id: number
  readonly name: string
  readonly parentId: number | null
  readonly path: string
  readonly position: number
}

/**
 * Gives every department its path from the topmost visible one: `/1/12/305/`.
 * A department in a cycle or below one is left out: nobody's scope may reach it.
 */
export function treeOf(departments: readonly WecomDepartment[]): TreeNode[] {
  const byId = new Map(departments.map((department) => [department.id, department]))
  const paths = new Map<number, string | null>()

  function pathOf(id: number, below: ReadonlySet<number>): string | null {
    const known = paths.get(id)
    if (known !== undefined) return known
    if (below.has(id)) return null
    const department = byId.get(id)
    if (department === undefined) return null
    const parent = byId.has(department.parentId) ? pathOf(department.parentId, new Set([...below, id])) : '/'
    const path = parent === null ? null : `${parent}${id}/`
    paths.set(id, path)
    return path
  }

  return departments.flatMap((department): TreeNode[] => {
    const path = pathOf(department.id, new Set())
    if (path === null) return []
    return [{ id: department.id, name: department.name, parentId: byId.has(department.parentId) ? department.parentId : null, path, position: department.order }]
  })
}
