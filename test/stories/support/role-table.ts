import type { Customer, Follow } from '../../../server/customers/index.ts'
import type { Company } from '../../company/company.ts'
import { fieldUnits } from './answers.ts'

/**
 * The role templates of docs/architecture.md once more, for customers and what is sent to them: what the tests expect, written down without the engine.
 * V view, E edit, O operate; f followed, o own, t team, s subtree, * all, p pool of mine or above; r record's store is mine.
 */
const table = `
| unit      | trainee | clerk   | sales       | service | service-lead | store-manager | regional-manager | sales-head | marketing | marketing-director | hq-operations | director |
| customer.profile   | Vf | Vt       | Vf Vp Eo    | Vf      | Vs           | Vt Et         | Vs               | V*         | –         | V*                 | V*            | V*       |
| customer.contact   | –  | Vo       | Vo Eo Oo    | Vf      | –            | Vt Et Ot      | Vs               | V*         | –         | –                  | –             | V* O*    |
| customer.spending  | –  | Vtr      | Vo          | –       | –            | Vt            | Vs               | V*         | –         | –                  | V*            | V*       |
| customer.contract  | –  | –        | Vo          | –       | –            | Vt            | Vs               | V*         | –         | –                  | –             | V* O*    |
| customer.labels    | –  | Vo       | Vo Eo       | Vf      | Vs           | Vt Et Ot      | Vs               | V* E*      | –         | V*                 | V* E*         | V*       |
| customer.ownership | –  | Vt Ep Eo | Vf Vp Ep Eo | Vf      | Vs           | Vt Et Ot      | Vs Os            | V* O*      | –         | –                  | V* O*         | V* O*    |
| talk.messages      | –  | Vo       | Vo          | Vf      | Vs           | Vt            | Vs               | V*         | –         | –                  | –             | V*       |
| talk.followups     | –  | Vo Eo    | Vo Eo       | Vf Ef   | Vs           | Vt Eo         | Vs Os            | V* E*      | –         | –                  | V*            | V*       |
| talk.history       | –  | –        | –           | –       | –            | Vt Ot         | Vs Os            | V*         | –         | –                  | –             | V* O*    |
| talk.visits        | –  | Vtr Etr  | Vo Eo       | Vf      | Vs           | Vt Et Ot      | Vs               | V*         | –         | –                  | V*            | V*       |
| talk.tickets       | –  | Vo Eo    | Vo Eo       | Vf Ef   | Vs Es Os     | Vt Et         | Vs               | V*         | –         | –                  | V*            | V*       |
| talk.tasks         | –  | Vo Eo    | Vo Eo       | Vf Ef   | Vs Os        | Vt Et Ot      | Vs Os            | V* O*      | –         | –                  | V*            | V*       |
| marketing.broadcasts | – | Vo Eo Oo | Vo Eo Oo   | Vf Ef Of | Vs          | Vt Et Ot      | Vs               | V* E* O*   | V* E* O*  | V* E* O*           | V* E* O*      | V*       |
`

const levels: Readonly<Record<string, string>> = { V: 'view', E: 'edit', O: 'operate' }
const [head = [], ...lines] = table.trim().split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))

/** One person of each role of the generated company; the administrator is a trainee beside his office. */
export const personOfRole: Readonly<Record<string, string>> = {
  'trainee': 'trainee01', 'clerk': 'clerk01', 'sales': 'sales01', 'service': 'service01', 'service-lead': 'servicelead01', 'store-manager': 'manager01',
  'regional-manager': 'regional01', 'sales-head': 'saleshead01', 'marketing': 'marketing01', 'marketing-director': 'marketinglead01',
  'hq-operations': 'operations01', 'director': 'director01', 'administrator': 'admin01',
}

export interface Known {
  readonly customer: Customer
  readonly follows: readonly Follow[]
}

export interface Viewer {
  readonly role: string
  readonly staffId: string
  readonly departmentIds: readonly number[]
}

/** What one person should be able to do with one customer, worked out from the table alone. */
export class Expectation {
  readonly #company: Company
  readonly #viewer: Viewer
  readonly #known: Known

  constructor(company: Company, viewer: Viewer, known: Known) {
    this.#company = company
    this.#viewer = viewer
    this.#known = known
  }

  may(operation: string): boolean {
    const level = operation.slice(operation.lastIndexOf('.') + 1)
    const unit = operation.slice(0, operation.lastIndexOf('.'))
    const own = this.#tokens(unit).some(([letter = '', scope = '']) => (levels[letter] === level || level === 'view') && this.#reaches(scope))
    return own && (unit === 'customer.profile' ? own : this.may('customer.profile.view'))
  }

  /** All operations of customers and conversations that the card must name, and no others. */
  operations(): string[] {
    return lines.flatMap(([unit = '']) => Object.values(levels).map((level) => `${unit}.${level}`)).filter((operation) => /^(customer|talk)\./.test(operation) && this.may(operation)).sort()
  }

  /** Every field with its presentation. */
  fields(): Record<string, 'clear' | 'masked'> {
    const shown = Object.entries(fieldUnits).flatMap(([unit, names]) => {
      const whole = this.#tokens(unit).filter(([letter]) => letter !== undefined).filter(([, scope = '', narrowed]) => narrowed === undefined && this.#reaches(scope))
      const part = this.#tokens(unit).filter(([, scope = '', narrowed]) => narrowed === 'r' && this.#reaches(scope))
      const seen = whole.length > 0 ? names : part.length > 0 ? ['spendTotalFen', 'orderCount', 'lastOrderAt'] : []
      return seen.map((name) => [name, this.#presentation(name)] as const)
    })
    return this.may('customer.profile.view') ? Object.fromEntries(shown) : {}
  }

  #presentation(name: string): 'clear' | 'masked' {
    if (name === 'contractAmountFen') return this.may('customer.contract.operate') ? 'clear' : 'masked'
    return ['mobile', 'email', 'address'].includes(name) ? 'masked' : 'clear'
  }

  /** `[letter, scope, narrowing]` of each word in the role's cell. */
  #tokens(unit: string): (string | undefined)[][] {
    const column = head.indexOf(this.#viewer.role === 'administrator' ? 'trainee' : this.#viewer.role)
    const cell = lines.find(([name]) => name === unit)?.[column] ?? '–'
    return cell === '–' ? [] : cell.split(' ').map((word) => [...word])
  }

  #reaches(scope: string): boolean {
    const { customer, follows } = this.#known
    const { staffId, departmentIds } = this.#viewer
    const standsIn = (ids: readonly number[]) => [customer.ownerDepartmentId, customer.poolDepartmentId, ...follows.map((follow) => follow.departmentId)].some((id) => id !== null && ids.includes(id))
    switch (scope) {
      case '*': return true
      case 'o': return customer.ownerStaffId === staffId
      case 'f': return customer.ownerStaffId === staffId || follows.some((follow) => follow.staffId === staffId)
      case 't': return standsIn(departmentIds)
      case 's': return standsIn(departmentIds.flatMap((id) => this.#below(id)))
      case 'p': return customer.poolDepartmentId !== null && departmentIds.flatMap((id) => this.#above(id)).includes(customer.poolDepartmentId)
      default: return false
    }
  }

  #below(id: number): number[] {
    return [id, ...this.#company.departments.filter((one) => one.parentId === id).flatMap((one) => this.#below(one.id))]
  }

  #above(id: number): number[] {
    const parent = this.#company.departments.find((one) => one.id === id)?.parentId ?? 0
    return parent === 0 ? [id] : [id, ...this.#above(parent)]
  }
}
