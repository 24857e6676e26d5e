import { fit } from '../database/columns.ts'
import type { WecomDepartment } from '../wecom/index.ts'
import type { DepartmentKind } from './organization.entity.ts'

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
    return [{ id: department.id, name: fit(department.name, 255), parentId: byId.has(department.parentId) ? department.parentId : null, path, position: department.order }]
  })
}

/**
 * What a department most likely is when it is first seen, by the last word of its name: 「国贸店」 is a store, 「华东大区」 a region.
 * Only a beginning: the mark is ours, stays when WeCom renames, and an administrator corrects it (`npm run admin -- mark`).
 */
export function kindByName(name: string): DepartmentKind {
  if (/(店|店铺|store|shop)(\s*[（(][^（()）]*[）)])?$/i.test(name.trim())) return 'store'
  return /(大区|区域|片区|region)(\s*[（(][^（()）]*[）)])?$/i.test(name.trim()) ? 'region' : 'department'
}
