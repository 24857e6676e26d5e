import { z } from 'zod'
import { customerFields, isCustomerField, isOperation, Restriction, RoleGrant, units, GrantSubject, type Condition, type Operation } from '#shared/access/index'
import { parseTemplate, type TemplateCells } from '../template-cells.ts'
import { templateCells } from '../role-templates.ts'
import { defaultTemplateRules } from '../template-rules.ts'
import type { Company, ScenarioPolicy } from './company.ts'
import type { GrantInFile, ScenarioFile } from './format.ts'
import { templateOf, type Kind, type Names } from './names.ts'
import type { Place } from './source.ts'

/** Where each condition names something of the file. A new condition does not compile before it is here. */
const namesIn: Readonly<Record<Condition['kind'], { readonly list: string, readonly of: Kind } | null>> = {
  tags: { list: 'tagIds', of: 'tag' },
  tagGroups: { list: 'groupIds', of: 'tag group' },
  stage: { list: 'anyOf', of: 'stage' },
  openTask: { list: 'anyOf', of: 'task' },
  valueTier: null,
  spend: null,
  journeyNode: { list: 'anyOf', of: 'node' },
  pool: { list: 'departmentIds', of: 'department' },
  recordStoreIsMine: null,
  templateCategory: { list: 'anyOf', of: 'category' },
  campaign: { list: 'anyOf', of: 'campaign' },
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const Listed = z.array(z.union([z.string(), z.number()]).transform(String))
const isConditionKind = (kind: unknown): kind is Condition['kind'] => typeof kind === 'string' && Object.hasOwn(namesIn, kind)

/** Turns the rules of a file into the engine's words. Problems go to `names`. */
export class RuleReader {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  policy(file: ScenarioFile): ScenarioPolicy {
    return {
      roles: this.#roles(file),
      restrictions: Object.entries(file.restrictions).flatMap(([id, { ended, ...rest }]) => {
        const place = ['restrictions', id]
        const { fields, ...raw } = this.#raw({ ...rest, fields: rest.fields ?? {} }, place)
        const definition = this.#parse(Restriction, {
          ...raw, ...(rest.fields === undefined ? {} : { fields }), subject: this.#subject(rest.subject, [...place, 'subject']), from: rest.from, until: rest.until,
        }, place)
        return definition === null ? [] : [{ id, definition, endedAt: ended ?? null }]
      }),
      nodeGrants: Object.entries(file.nodeGrants).flatMap(([id, one]) => {
        const place = ['nodeGrants', id]
        this.#names.check('node', one.node, [...place, 'node'])
        const subject = this.#parse(GrantSubject, this.#subject(one.subject, [...place, 'subject']), [...place, 'subject'])
        const grant = this.grant(one.grant, [...place, 'grant'])
        return subject === null || grant === null ? [] : [{ id, nodeKey: one.node, subject, grant, keepsOpen: one.keepsOpen }]
      }),
      templateRules: file.templateRules === undefined ? defaultTemplateRules : file.templateRules.map((rule, at) => {
        this.#names.check('role', rule.role, ['templateRules', at, 'role'])
        return {
          rank: rule.rank, departmentKind: rule.departmentKind ?? null, positionContains: rule.positionContains ?? null, leader: rule.leader ?? null, roleKey: rule.role,
          departmentId: rule.department === undefined ? null : this.#names.departmentId(rule.department, ['templateRules', at, 'department']),
        }
      }),
    }
  }

  /** Grants with an end. */
  timed(file: ScenarioFile): Pick<Company, 'campaigns' | 'temporaryGrants' | 'shares'> {
    const names = this.#names
    return {
      campaigns: Object.entries(file.campaigns).map(([id, one]) => ({
        id, fromAt: one.from, untilAt: one.until, endedAt: one.ended ?? null,
        members: one.members.map((name, at) => names.staffId(name, ['campaigns', id, 'members', at])),
      })),
      temporaryGrants: Object.entries(file.temporary).flatMap(([id, one]) => {
        const place = ['temporary', id]
        if (one.campaign !== undefined) names.check('campaign', one.campaign, [...place, 'campaign'])
        const definition = this.grant(one.grant, [...place, 'grant'])
        return definition === null ? [] : [{
          id, definition, fromAt: one.from, untilAt: one.until, state: one.state, endedAt: null, campaignId: one.campaign ?? null,
          staffId: one.staff === undefined ? null : names.staffId(one.staff, [...place, 'staff']),
        }]
      }),
      shares: Object.entries(file.shares).map(([id, one]) => {
        names.check('customer', one.customer, ['shares', id, 'customer'])
        return {
          id, customerId: one.customer, staffId: names.staffId(one.staff, ['shares', id, 'staff']),
          operations: this.operations(one.operations, ['shares', id, 'operations']), fromAt: one.from, untilAt: one.until, endedAt: one.ended ? one.from : null,
        }
      }),
    }
  }

  grant(grant: GrantInFile, place: Place): RoleGrant | null {
    return this.#parse(RoleGrant, this.#raw(grant, place), place)
  }

  /** Operations by name; `customer.contact` stands for its three. */
  operations(words: readonly string[], place: Place): Operation[] {
    return words.flatMap((word, at) => {
      const found = isOperation(word) ? [word] : Object.hasOwn(units, word) ? ['view', 'edit', 'operate'].map((level) => `${word}.${level}`).filter(isOperation) : []
      if (found.length === 0) this.#names.add([...place, at], `unknown operation "${word}"`)
      return found
    })
  }

  #roles(file: ScenarioFile): ScenarioPolicy['roles'] {
    const names = this.#names
    return Object.entries(file.roles).map(([roleKey, role]) => {
      const place = ['roles', roleKey]
      const template = role.like === undefined ? null : templateOf(role.like)
      if (role.like !== undefined && template === null) names.add([...place, 'like'], `no template is called "${role.like}"`)
      const base: TemplateCells = template === null ? {} : templateCells[template].cells
      const cells = Object.fromEntries(Object.entries({ ...base, ...role.cells }).filter(([unit, cell]) => this.#isCell(unit, cell, [...place, 'cells', unit])))
      const written = role.grants.flatMap((grant, at) => this.grant(grant, [...place, 'grants', at]) ?? [])
      return { roleKey, label: role.label ?? roleKey, grants: [...parseTemplate(cells), ...written] }
    })
  }

  /** False for a cell that gives nothing, and for one that is none. */
  #isCell(unit: string, cell: string, place: Place): boolean {
    if (/^[–-]?$/u.test(cell)) return false
    try {
      return parseTemplate({ [unit]: cell }).length > 0
    } catch {
      this.#names.add(place, `not a cell of the table: ${unit} "${cell}" (such as "Vt Et": V, E or O, then f, o, t, s, p or *, then r for records of my store)`)
      return false
    }
  }

  #raw(grant: GrantInFile, place: Place) {
    return {
      operations: this.operations(grant.operations, [...place, 'operations']),
      scope: this.#scope(grant.scope, [...place, 'scope']),
      conditions: grant.conditions.map((one, at) => this.#condition(one, [...place, 'conditions', at])),
      fields: this.#fields(grant.fields, [...place, 'fields']),
    }
  }

  /** `team` is short for `{ kind: team }`. */
  #scope(scope: unknown, place: Place): unknown {
    if (typeof scope === 'string') return { kind: scope }
    const places = this.#withIds(scope, 'departmentIds', (name, at) => this.#names.departmentId(name, [...place, 'departmentIds', at]))
    return this.#withIds(places, 'customerIds', (name, at) => {
      this.#names.check('customer', name, [...place, 'customerIds', at])
      return name
    })
  }

  #condition(condition: unknown, place: Place): unknown {
    const kind = isRecord(condition) ? condition['kind'] : undefined
    const naming = isConditionKind(kind) ? namesIn[kind] : null
    if (naming === null) return condition
    return this.#withIds(condition, naming.list, (name, at) => {
      const where = [...place, naming.list, at]
      if (naming.of === 'department') return this.#names.departmentId(name, where)
      this.#names.check(naming.of, name, where)
      return name
    })
  }

  #subject(subject: unknown, place: Place): unknown {
    const roles = this.#withIds(subject, 'roles', (name, at) => {
      this.#names.check('role', name, [...place, 'roles', at])
      return name
    })
    return ['staffIds', 'except'].reduce((value: unknown, list) => this.#withIds(value, list, (name, at) => this.#names.staffId(name, [...place, list, at])), roles)
  }

  /** A unit stands for all its fields. */
  #fields(fields: Readonly<Record<string, unknown>>, place: Place): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(fields).flatMap(([name, shown]) => {
      const found = fieldsNamed(name)
      if (found.length === 0) this.#names.add([...place, name], 'unknown field')
      return found.map((field) => [field, shown])
    }))
  }

  #withIds(value: unknown, list: string, idOf: (name: string, at: number) => string | number): unknown {
    if (!isRecord(value)) return value
    const names = Listed.safeParse(value[list])
    return names.success ? { ...value, [list]: names.data.map(idOf) } : value
  }

  #parse<T>(schema: z.ZodType<T>, value: unknown, place: Place): T | null {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    this.#names.invalid(parsed.error, place)
    return null
  }
}

/** One field, or all of a unit. */
export function fieldsNamed(name: string): string[] {
  if (isCustomerField(name)) return [name]
  return Object.entries(customerFields).filter(([, rule]) => rule.unit === name).map(([field]) => field)
}
