import ts from 'typescript'

/** A method of the WeCom client that makes a write: its name, and the name of the write. */
export interface WritingMethod {
  readonly method: string
  readonly write: string
}

/** Every `write: '…'` of a file of server/wecom, with the method of the client in which it stands. */
export function findWrites(name: string, text: string): WritingMethod[] {
  const found: WritingMethod[] = []
  const visit = (node: ts.Node, method: string | null) => {
    const inside = methodName(node) ?? method
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'write' && ts.isStringLiteralLike(node.initializer)) found.push({ method: inside ?? '?', write: node.initializer.text })
    ts.forEachChild(node, (child) => visit(child, inside))
  }
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true), null)
  return found
}

function methodName(node: ts.Node): string | null {
  if (ts.isMethodDeclaration(node)) return node.name.getText()
  if (ts.isPropertyAssignment(node) && (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer))) return node.name.getText()
  return null
}

/** Which of these methods a file reaches for, by a call, a reference, a destructuring or a computed name; words in types are none. */
export function findUses(name: string, text: string, methods: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  const visit = (node: ts.Node) => {
    if (ts.isPropertyAccessExpression(node) && methods.has(node.name.text)) found.add(node.name.text)
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression) && methods.has(node.argumentExpression.text)) found.add(node.argumentExpression.text)
    if (ts.isBindingElement(node)) {
      const taken = (node.propertyName ?? node.name).getText()
      if (methods.has(taken)) found.add(taken)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
  return [...found].sort()
}
