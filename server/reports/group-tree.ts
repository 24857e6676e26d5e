/**
 * A group of a report: the caller's whole scope, a department with all below, what stands in a department itself beside its
 * sub-departments, or one person's part of a department.
 */
export interface Group {
  readonly place: number
  /** -1 for the scope. */
  readonly parent: number
  readonly kind: 'scope' | 'department' | 'direct' | 'staff'
  readonly departmentId: number | null
  /** Of a `staff` group; null: whoever is not a member of the department (any more), and nobody. */
  readonly staffId: string | null
  readonly children: number[]
}

export interface GroupTreeInput {
  /** All departments that are known, deleted ones too, with their paths. */
  readonly departments: readonly { readonly id: number, readonly path: string }[]
  /** Those whose figures the caller may see. */
  readonly offered: ReadonlySet<number>
  /** The members of each department, for reports that go down to people. They are listed whether or not they have a figure. */
  readonly members: ReadonlyMap<number, readonly string[]> | null
  /** The caller sees everybody: what stands in no department counts for the company itself. */
  readonly everywhere: boolean
}

/**
 * The fixed hierarchy of all reports: departments as the tree has them, then people. Every fact lies in exactly one leaf, so
 * that two figures are nested or have nothing in common.
 */
export class GroupTree {
  readonly groups: readonly Group[]
  readonly #groups: Group[] = []
  readonly #departments = new Map<number, Group>()
  /** Where what stands in the department itself is counted. */
  readonly #holders = new Map<number, Group>()
  readonly #staff = new Map<string, number>()
  readonly #paths: ReadonlyMap<number, string>
  readonly #input: GroupTreeInput

  constructor(input: GroupTreeInput) {
    this.groups = this.#groups
    this.#input = input
    this.#paths = new Map(input.departments.map((department) => [department.id, department.path]))
    this.#add({ parent: -1, kind: 'scope', departmentId: null, staffId: null })
    // A parent's path is shorter than its children's.
    const offered = input.departments.filter((department) => input.offered.has(department.id))
      .sort((one, other) => one.path.length - other.path.length || one.id - other.id)
    for (const { id } of offered) this.#departments.set(id, this.#add({ parent: this.#above(id)?.place ?? 0, kind: 'department', departmentId: id, staffId: null }))
    for (const department of [...this.#departments.values()]) this.#addInner(department)
  }

  /** The group of a department; undefined unless it is offered. */
  department(id: number): Group | undefined {
    return this.#departments.get(id)
  }

  /** The offered departments with none above them. */
  get tops(): readonly number[] {
    return this.groups[0]?.children ?? []
  }

  /** Whether the scope as a whole has a figure: only where there is no department to which it could be compared. */
  get showsScope(): boolean {
    return this.tops.length === 0
  }

  /** The leaf in which something of this department and person is counted; -1 for what lies outside all figures of the caller. */
  leafOf(departmentId: number | null, staffId: string | null): number {
    if (this.showsScope) return 0
    const department = this.#offeredAt(departmentId)
    const holder = department === undefined ? undefined : this.#holders.get(department)
    if (department === undefined || holder === undefined) return -1
    if (this.#input.members === null) return holder.place
    return this.#staff.get(staffKey(department, staffId)) ?? this.#staff.get(staffKey(department, null)) ?? -1
  }

  /** A group and all below it, parents first. */
  below(place: number): number[] {
    const found = [place]
    for (const one of found) found.push(...this.groups[one]?.children ?? [])
    return found
  }

  #add(group: Omit<Group, 'place' | 'children'>): Group {
    const added: Group = { ...group, place: this.#groups.length, children: [] }
    this.#groups.push(added)
    this.#groups[group.parent]?.children.push(added.place)
    return added
  }

  #addInner(department: Group): void {
    const id = department.departmentId ?? 0
    const holder = department.children.length === 0 ? department : this.#add({ parent: department.place, kind: 'direct', departmentId: id, staffId: null })
    this.#holders.set(id, holder)
    const { members } = this.#input
    if (members === null) return
    for (const staffId of [...new Set(members.get(id) ?? [])].sort()) this.#addStaff(holder, id, staffId)
    this.#addStaff(holder, id, null)
  }

  #addStaff(holder: Group, departmentId: number, staffId: string | null): void {
    this.#staff.set(staffKey(departmentId, staffId), this.#add({ parent: holder.place, kind: 'staff', departmentId, staffId }).place)
  }

  /** The nearest offered department above. */
  #above(id: number): Group | undefined {
    const above = this.#pathOf(id).slice(0, -1).findLast((one) => this.#departments.has(one))
    return above === undefined ? undefined : this.#departments.get(above)
  }

  /** The nearest offered department at or above. */
  #offeredAt(departmentId: number | null): number | undefined {
    if (departmentId !== null) return this.#pathOf(departmentId).findLast((one) => this.#departments.has(one))
    const [top, second] = this.tops
    return this.#input.everywhere && top !== undefined && second === undefined ? (this.groups[top]?.departmentId ?? undefined) : undefined
  }

  #pathOf(id: number): number[] {
    return (this.#paths.get(id) ?? `/${id}/`).split('/').filter((step) => step !== '').map(Number)
  }
}

const staffKey = (departmentId: number, staffId: string | null) => `${departmentId}:${staffId ?? ''}`
