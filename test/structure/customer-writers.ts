import ts from 'typescript'

/** A place that writes a row of customers, their follows or tags. */
export interface CustomerWrite {
  readonly line: number
  readonly table: string
}

/** By the names of their entities and of the tables. */
const tables: Readonly<Record<string, string>> = { customers: 'customers', follows: 'follows', customerTags: 'customer_tags', customer_tags: 'customer_tags' }
const writing = new Set(['insert', 'update', 'save', 'upsert', 'delete', 'remove', 'softDelete', 'softRemove', 'increment', 'decrement', 'into', 'clear', 'restore'])
const writingSql = new RegExp(`\\b(?:(?:INSERT|REPLACE)(?:\\s+\\w+)*?\\s+INTO|UPDATE|DELETE\\s+FROM)\\s+\`?(?:\\$\\{tables\\.)?(${Object.keys(tables).join('|')})\\b`, 'gi')

/**
 * What a file writes by an entity (`getRepository(customers).update(…)`, also through a constant, `db.insert(follows, …)`, a query
 * builder's `update(customers)` and `into(customers)`) or by SQL.
 */
export function findCustomerWrites(name: string, text: string): CustomerWrite[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const declared: Declared[] = []
  const found: CustomerWrite[] = []
  const add = (node: ts.Node, table: string) => void found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, table })
  const visit = (node: ts.Node) => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name)) {
      declared.push({ name: node.name.text, within: node.parent.parent.parent, table: repositoryOf(node.initializer) })
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && writing.has(node.expression.name.text)) {
      const [first] = node.arguments
      const receiver = node.expression.expression
      const table = first !== undefined && ts.isIdentifier(first) && tableOf(first.text) !== undefined ? tableOf(first.text)
        : repositoryOf(receiver) ?? (ts.isIdentifier(receiver) ? nearest(declared, receiver)?.table : undefined)
      if (table !== undefined) add(node, table)
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) for (const match of node.getText().matchAll(writingSql)) add(node, tableOf(match[1] ?? '') ?? (match[1] ?? '').toLowerCase())
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const tableOf = (name: string): string | undefined => (Object.hasOwn(tables, name) ? tables[name] : undefined)

/** A constant, in its block; `table` undefined for what is no repository of ours. */
interface Declared {
  readonly name: string
  readonly within: ts.Node
  readonly table: string | undefined
}

function nearest(declared: readonly Declared[], use: ts.Identifier): Declared | undefined {
  for (let at: ts.Node | undefined = use; at !== undefined; at = at.parent) {
    const found = declared.find((one) => one.name === use.text && one.within === at)
    if (found !== undefined) return found
  }
  return undefined
}

/** `….getRepository(customers)`, also with something called on it that gives a repository or builder again. */
function repositoryOf(node: ts.Expression): string | undefined {
  if (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node)) return repositoryOf(node.expression)
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const [first] = node.arguments
  if (node.expression.name.text === 'getRepository' && first !== undefined) {
    if (ts.isIdentifier(first) || ts.isStringLiteralLike(first)) return tableOf(first.text)
  }
  return node.expression.name.text === 'createQueryBuilder' ? repositoryOf(node.expression.expression) : undefined
}
