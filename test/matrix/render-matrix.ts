import { contracts } from '#shared/contracts/index'
import { nameOf } from '../stories/support/route-requests.ts'
import type { Matrix, MatrixSection } from './build-matrix.ts'
import { relations } from './matrix-company.ts'

const head = `# Access matrix

What each role template meets on each route, as the running server answered it. This file is written by \`UPDATE_MATRIX=1 npx vitest run --project server test/matrix\` and compared by \`npm test\`: a line that differs from the server's answers fails. \`docs/access.md\` says why the answers are so; \`docs/architecture.md\` has the table of templates behind them.

How a customer stands to the viewer:

| Relation | The customer |
|---|---|
| own | is owned by the viewer, in his department |
| followed | is followed by him and owned in another region |
| pool | lies in the pool of his department |
| team | is owned in his department by somebody else |
| region | is owned in a department below his, or, for people of a store, in another store of their region |
| foreign | is owned in another region |

Words in the cells: a number is the status of a refusal (404 is what an unknown customer gets too). A unit (\`contact\`) stands for all its fields in clear, \`contact*\` for all of them masked, \`spending(orderCount)\` for some of them; what is not named is hidden. \`=\` is the same as the cell to its left. The administrator's row is his template alone; in a company he may hold another role beside it.
`

/** The whole file. */
export function renderMatrix(matrix: Matrix): string {
  return [
    head,
    '## What each route needs\n',
    table(['Route', 'Needs', 'Why no operation'], contracts.map((contract) => [
      `\`${nameOf(contract)}\``, contract.needs.kind === 'operation' ? `\`${contract.needs.operation}\`` : contract.needs.kind, contract.needs.kind === 'operation' ? '' : contract.needs.why,
    ])),
    ...matrix.sections.map(renderSection),
    '\n## Routes that are not about one customer\n\nThe status of the tests\' request, by role.\n',
    byRole(matrix.beside),
    '\n## Filters\n\nBy what one sees nowhere in clear nobody filters (403); where one sees it of some customers, the filter meets only these (T10). The relations that each role finds.\n',
    byRole(matrix.filters),
    '',
  ].join('\n')
}

function renderSection({ title, note, cells }: MatrixSection): string {
  return `\n## ${title}\n\n${note}\n\n${table(['Role', ...relations], [...cells].map(([role, row]) => [role, ...short(relations.map((relation) => row[relation]))]))}`
}

/** Equal neighbours once. */
const short = (cells: readonly string[]) => cells.map((cell, place) => (place > 0 && cell === cells[place - 1] && cell.length > 3 ? '=' : cell))

function byRole(rows: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  const roles = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))]
  return table(['', ...roles], [...rows].map(([name, row]) => [`\`${name}\``, ...roles.map((role) => row.get(role) ?? '')]))
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
