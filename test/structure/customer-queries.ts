import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** A place in the code that reads or writes a table whose rows belong to a customer. */
export interface CustomerQuery {
  /** `server/records/records.routes.ts#readOrders` */
  readonly place: string
  readonly line: number
  readonly table: string
  /** The function holds a RowFilter or RecordFilter: it takes one, or asks an actor for one. */
  readonly filtered: boolean
}

/**
 * Reads the server's own code with its types. A table belongs to customers when it has a column `customerId`, or is `customers`
 * itself; so a new table of records is met here without being listed. A query is an entity handed to a call
 * (`getRepository(orders)`, `createQueryBuilder(orders, …)`) or SQL that names the table, by its name or through `tables.…`.
 */
export function findCustomerQueries(root: string): { readonly tables: readonly string[], readonly queries: readonly CustomerQuery[], readonly systemFilters: readonly string[] } {
  const files = sourcesBelow(join(root, 'server'))
  const program = ts.createProgram(files, { ...compilerOptions(root), noEmit: true })
  const checker = program.getTypeChecker()
  const own = program.getSourceFiles().filter((file) => files.includes(file.fileName))
  const entities = new Map(own.flatMap((file) => entitiesIn(file, checker)))
  const tables = [...new Set(entities.values())].sort()
  const queries = own.flatMap((file) => queriesIn(file, { root, checker, entities, tables }))
  return { tables, queries: unique(queries), systemFilters: [...new Set(own.flatMap((file) => systemFiltersIn(file, root)))].sort() }
}

/** Where a filter is made that lets every row through. */
function systemFiltersIn(file: ts.SourceFile, root: string): string[] {
  const found: string[] = []
  visit(file, (node) => {
    if (ts.isCallExpression(node) && /^system(Record)?Filter$/.test(node.expression.getText())) found.push(`${relative(root, file.fileName)}#${around(node).name}`)
  })
  return found
}

interface Search {
  readonly root: string
  readonly checker: ts.TypeChecker
  readonly entities: ReadonlyMap<ts.Symbol, string>
  readonly tables: readonly string[]
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => join(folder, name)).sort()
}

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options
}

/** `export const orders = defineTable<Order>('orders', { customerId: … })` */
function entitiesIn(file: ts.SourceFile, checker: ts.TypeChecker): [ts.Symbol, string][] {
  const found: [ts.Symbol, string][] = []
  visit(file, (node) => {
    if (!ts.isVariableDeclaration(node) || node.initializer === undefined || !ts.isCallExpression(node.initializer)) return
    const [name, columns] = node.initializer.arguments
    if (node.initializer.expression.getText() !== 'defineTable' || name === undefined || !ts.isStringLiteral(name) || columns === undefined || !ts.isObjectLiteralExpression(columns)) return
    const bound = name.text === 'customers' || columns.properties.some((property) => property.name?.getText() === 'customerId')
    const symbol = checker.getSymbolAtLocation(node.name)
    if (bound && symbol !== undefined) found.push([symbol, name.text])
  })
  return found
}

function queriesIn(file: ts.SourceFile, search: Search): CustomerQuery[] {
  const found: CustomerQuery[] = []
  const add = (node: ts.Node, table: string) => {
    const { name, scope } = around(node)
    found.push({
      place: `${relative(search.root, file.fileName)}#${name}`, table, filtered: holdsFilter(scope, search.checker),
      line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    })
  }
  visit(file, (node) => {
    if (ts.isIdentifier(node) && ts.isCallExpression(node.parent) && node.parent.arguments.includes(node)) {
      const table = search.entities.get(resolved(node, search.checker) ?? nothing)
      if (table !== undefined && node.parent.expression.getText() !== 'defineTable') add(node, table)
    }
    for (const table of namedInSql(node, search)) add(node, table)
  })
  return found
}

const nothing = Object.create(null) as ts.Symbol

function resolved(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(node)
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol
}

const beforeName = /\b(?:FROM|JOIN|UPDATE|INTO)\s+$/i

/** Tables that this text reads or writes, and the ones that its places (`${tables.orders}`) do. */
function namedInSql(node: ts.Node, { checker, entities, tables }: Search): string[] {
  if (ts.isStringLiteralLike(node)) {
    // A name alone is one when it opens a repository or joins a query builder.
    const alone = ts.isCallExpression(node.parent) && /(?:getRepository|createQueryBuilder|(?:inner|left)Join\w*)$/.test(node.parent.expression.getText()) && node.parent.arguments[0] === node
    return alone ? tables.filter((table) => table === node.text && !/Join/.test(node.parent.getChildAt(0).getText())) : inText(node.text, tables)
  }
  if (!ts.isTemplateExpression(node)) return []
  const pieces = [node.head, ...node.templateSpans.map((span) => span.literal)]
  const places = node.templateSpans.flatMap(({ expression }, at) => {
    if (!beforeName.test(pieces[at]?.text ?? '')) return []
    const entity = /^(\w+)\.options\.tableName$/.test(expression.getText()) && ts.isPropertyAccessExpression(expression) && ts.isPropertyAccessExpression(expression.expression) ? expression.expression.expression : null
    const table = entity === null ? undefined : entities.get(resolved(entity, checker) ?? nothing)
    if (table !== undefined) return [table]
    const type = checker.getTypeAtLocation(expression)
    return type.isStringLiteral() && tables.includes(type.value) ? [type.value] : []
  })
  return [...places, ...pieces.flatMap((piece) => inText(piece.text, tables))]
}

const inText = (text: string, tables: readonly string[]): string[] =>
  tables.filter((table) => new RegExp(`\\b(?:FROM|JOIN|UPDATE|INTO)\\s+\`?${table}\\b`, 'i').test(text))

/** The nearest function with a name: a declaration, a method, or what is assigned to a constant. */
function around(node: ts.Node): { readonly name: string, readonly scope: ts.Node } {
  for (let at: ts.Node = node; ; at = at.parent) {
    if (ts.isSourceFile(at)) return { name: '', scope: node }
    if ((ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) && at.name !== undefined) return { name: at.name.getText(), scope: at }
    if (ts.isConstructorDeclaration(at)) return { name: 'constructor', scope: at }
    if ((ts.isArrowFunction(at) || ts.isFunctionExpression(at)) && (ts.isVariableDeclaration(at.parent) || ts.isPropertyAssignment(at.parent))) return { name: at.parent.name.getText(), scope: at }
    if (ts.isVariableStatement(at) && ts.isSourceFile(at.parent)) return { name: at.declarationList.declarations[0]?.name.getText() ?? '', scope: at }
  }
}

/** Whether something of the type that only `server/access` can make stands in there. */
function holdsFilter(scope: ts.Node, checker: ts.TypeChecker): boolean {
  let found = false
  visit(scope, (node) => {
    if (found || !(ts.isIdentifier(node) || ts.isCallExpression(node))) return
    const type = checker.getTypeAtLocation(node)
    if (type.symbol?.name === 'AccessFilter' || type.aliasSymbol?.name === 'RowFilter' || type.aliasSymbol?.name === 'RecordFilter') found = true
  })
  return found
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  ts.forEachChild(node, (child) => visit(child, look))
}

function unique(queries: readonly CustomerQuery[]): CustomerQuery[] {
  return [...new Map(queries.map((query) => [`${query.place} ${query.table} ${query.line}`, query])).values()]
}
