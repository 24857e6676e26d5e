import ts from 'typescript'
import { expressionChanges, type Change } from './operators.ts'

/** One place of one file, broken in one way. */
export interface Mutant {
  readonly id: number
  readonly file: string
  readonly line: number
  /** The function, method or constant around it: with what stands there it names the place, also when lines move. */
  readonly inside: string
  /** Where in the file. */
  readonly start: number
  readonly end: number
  /** What stands there, and what the mutant puts in its place, each on one line. */
  readonly before: string
  readonly after: string
  /** It takes effect when the file is loaded, so it needs a process of its own. */
  readonly atLoad: boolean
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/**
 * The source with all its mutants inside, each behind a number: `globalThis.$mutant === 7 ? broken : original`. So one process can try
 * them one after another without compiling anything again.
 */
export function instrument(file: string, source: string, firstId: number): { readonly text: string, readonly mutants: Mutant[] } {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true)
  const printer = ts.createPrinter({ removeComments: true })
  const mutants: Mutant[] = []
  const make = ts.factory

  function choose(node: ts.Node, original: ts.Expression, changes: readonly Change[]): ts.Expression {
    return changes.reduce((rest, change) => {
      const id = firstId + mutants.length
      const after = change.to === null ? '' : oneLine(printer.printNode(ts.EmitHint.Expression, change.to, tree))
      const start = node.getStart(tree)
      mutants.push({
        id, file, line: tree.getLineAndCharacterOfPosition(start).line + 1, inside: nameAround(node), start, end: node.getEnd(), before: oneLine(node.getText(tree)), after, atLoad: runsAtLoad(node),
      })
      const active = make.createStrictEquality(make.createPropertyAccessExpression(make.createIdentifier('globalThis'), '$mutant'), make.createNumericLiteral(id))
      return make.createParenthesizedExpression(make.createConditionalExpression(active, undefined, make.createParenthesizedExpression(change.to ?? make.createVoidZero()), undefined, make.createParenthesizedExpression(rest)))
    }, original)
  }

  const transformed = ts.transform(tree, [(context) => (root) => {
    function visit(node: ts.Node): ts.Node {
      if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node
      if (ts.isForStatement(node)) {
        // A broken loop head would only hang.
        return make.updateForStatement(node, node.initializer, node.condition, node.incrementor, ts.visitNode(node.statement, visit, ts.isStatement) ?? node.statement)
      }
      const inside = ts.visitEachChild(node, visit, context)
      if (ts.isIfStatement(node) && ts.isIfStatement(inside)) {
        const changes = [make.createTrue(), make.createFalse()].map((to) => ({ to }))
        return make.updateIfStatement(inside, choose(node.expression, inside.expression, changes), inside.thenStatement, inside.elseStatement)
      }
      if (ts.isExpressionStatement(node) && ts.isExpressionStatement(inside)) return make.updateExpressionStatement(inside, choose(node.expression, inside.expression, [{ to: null }]))
      if (ts.isExpression(node) && ts.isExpression(inside) && isReplaceable(node)) {
        const changes = expressionChanges(node, make)
        if (changes.length > 0) return choose(node, inside, changes)
      }
      return inside
    }
    return ts.visitEachChild(root, visit, context)
  }])
  const [changed] = transformed.transformed
  if (changed === undefined) throw new Error(`${file} cannot be transformed`)
  return { text: `globalThis.$mutant ??= Number(process.env.MUTANT ?? -1)\n${printer.printFile(changed)}`, mutants }
}

/** Outside every function that somebody calls later; what is handed to another function at load runs there and then. */
function runsAtLoad(node: ts.Node): boolean {
  for (let above = node.parent; !ts.isSourceFile(above); above = above.parent) {
    if (ts.isClassLike(above) || (ts.isFunctionLike(above) && !ts.isCallExpression(above.parent))) return false
  }
  return true
}

function nameAround(node: ts.Node): string {
  for (let above = node.parent; !ts.isSourceFile(above); above = above.parent) {
    if (ts.isConstructorDeclaration(above)) return 'constructor'
    if (ts.isFunctionDeclaration(above) || ts.isMethodDeclaration(above) || ts.isAccessor(above) || (ts.isVariableDeclaration(above) && !isLocal(above))) return above.name?.getText() ?? ''
  }
  return ''
}

function isLocal(node: ts.Node): boolean {
  for (let above = node.parent; !ts.isSourceFile(above); above = above.parent) if (ts.isFunctionLike(above)) return true
  return false
}

/** Not the inside of an optional chain, not a target of an assignment, not a name. */
function isReplaceable(node: ts.Expression): boolean {
  const { parent } = node
  if (ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment) return false
  if ((ts.isPropertyAccessExpression(parent) || ts.isCallExpression(parent) || ts.isElementAccessExpression(parent)) && parent.expression === node && ts.isOptionalChain(parent)) return false
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false
  return !ts.isLiteralTypeNode(parent) && !ts.isTaggedTemplateExpression(parent) && !ts.isCaseClause(parent) && !ts.isAsExpression(parent)
}
