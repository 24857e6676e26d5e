import type { z } from 'zod'
import { stages } from '#shared/contracts/customers'
import { isRoleTemplateKey, roleTemplates } from '../role-templates.ts'
import type { CompanyDepartment } from './company.ts'
import type { ScenarioFile } from './format.ts'
import type { Place, ScenarioProblem, Source } from './source.ts'

/** What a name can be the name of. */
export type Kind = 'department' | 'staff' | 'customer' | 'role' | 'tag' | 'tag group' | 'stage' | 'task' | 'node' | 'category' | 'campaign' | 'thing'

const mostListed = 12

/** Collects problems and knows every name of one file. A name that nothing bears is a problem, never nothing. */
export class Names {
  readonly problems: ScenarioProblem[] = []
  readonly departments: ReadonlyMap<string, CompanyDepartment>
  readonly #source: Source
  readonly #staffIds: ReadonlyMap<string, string>
  readonly #known: Readonly<Record<Kind, ReadonlySet<string>>>

  constructor(file: ScenarioFile, source: Source, furtherRoles: readonly string[] = []) {
    this.#source = source
    this.departments = this.#tree(file)
    this.#staffIds = new Map(Object.entries(file.staff).map(([name, one]) => [name, one.id ?? name]))
    this.#known = {
      'department': new Set(this.departments.keys()),
      'staff': new Set(this.#staffIds.keys()),
      'customer': new Set(Object.keys(file.customers)),
      'role': new Set([...roleTemplates.map((one) => one.roleKey), ...Object.keys(file.roles), ...furtherRoles]),
      'tag': new Set(Object.keys(file.tags)),
      'tag group': new Set([...Object.values(file.tags).filter((group) => group !== null), ...file.tagGroups]),
      'stage': new Set([...Object.keys(stages), ...file.stages]),
      'task': new Set(file.tasks),
      'node': new Set(file.nodes),
      'category': new Set(file.categories),
      'campaign': new Set(Object.keys(file.campaigns)),
      'thing': new Set(Object.keys(file.things)),
    }
    for (const name of this.#known.thing) if (this.#known.customer.has(name)) this.add(['things', name], 'a customer has the same name')
    const ids = [...this.#staffIds.values()]
    if (new Set(ids).size !== ids.length) this.add(['staff'], 'two people have the same id')
  }

  add(place: Place, message: string): void {
    this.problems.push(this.#source.problem(place, message))
  }

  /** Whether the name is known; adds the problem when it is not. */
  check(kind: Kind, name: string, place: Place): boolean {
    if (this.#known[kind].has(name)) return true
    const known = [...this.#known[kind]].sort((one, other) => alike(other, name) - alike(one, name))
    const list = known.length === 0 ? 'the file names none' : `there is ${known.slice(0, mostListed).join(', ')}${known.length > mostListed ? ', …' : ''}`
    this.add(place, `no ${kind} is called "${name}" (${list})`)
    return false
  }

  /** Every problem once, from the top of the file. */
  told(): ScenarioProblem[] {
    const once = new Map(this.problems.map((problem) => [JSON.stringify(problem), problem]))
    return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  }

  is(kind: Kind, name: string): boolean {
    return this.#known[kind].has(name)
  }

  /** The id; 1 for an unknown name, beside its problem. */
  departmentId(name: string, place: Place): number {
    return this.check('department', name, place) ? (this.departments.get(name)?.id ?? 1) : 1
  }

  staffId(name: string, place: Place): string {
    return this.check('staff', name, place) ? (this.#staffIds.get(name) ?? name) : name
  }

  all(kind: Kind, names: readonly string[], place: Place): readonly string[] {
    for (const [at, name] of names.entries()) this.check(kind, name, [...place, at])
    return names
  }

  /** Puts what zod found where it stands in the file. */
  invalid(error: z.ZodError, place: Place): void {
    this.problems.push(...this.#source.problemsOf(error, place))
  }

  #tree(file: ScenarioFile): Map<string, CompanyDepartment> {
    const entries = Object.entries(file.tree)
    const given = entries.flatMap(([name, { id }]) => (id === undefined ? [] : [[name, id] as const]))
    if (new Set(given.map(([, id]) => id)).size !== given.length) this.add(['tree'], 'two departments have the same id')
    const taken = new Set(given.map(([, id]) => id))
    const ids = new Map<string, number>(given)
    let next = 1
    for (const [name] of entries) {
      if (ids.has(name)) continue
      while (taken.has(next)) next += 1
      taken.add(next)
      ids.set(name, next)
    }
    const pathOf = (name: string, below: readonly string[]): string => {
      const above = file.tree[name]?.in
      const own = `${ids.get(name) ?? 0}/`
      if (above === undefined) return `/${own}`
      if (!ids.has(above)) this.add(['tree', name, 'in'], `no department is called "${above}"`)
      else if ([name, ...below].includes(above)) this.add(['tree', name, 'in'], 'the departments stand in a circle')
      else return `${pathOf(above, [name, ...below])}${own}`
      return `/${own}`
    }
    return new Map(entries.map(([name, { kind, deleted, missing }]) => [name, { id: ids.get(name) ?? 0, name, path: pathOf(name, []), kind, deleted, missing }]))
  }
}

/** The cells that a role starts from; null for a name that is no template. */
export const templateOf = (name: string) => (isRoleTemplateKey(name) ? name : null)

/** How many letters two words begin with alike: what was meant is told first. */
function alike(one: string, other: string): number {
  let place = 0
  while (place < one.length && one[place] === other[place]) place += 1
  return place
}
