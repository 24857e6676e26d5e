import ts from 'typescript'

/** What to put in the place of an expression; `null`: nothing is done. */
export interface Change {
  readonly to: ts.Expression | null
}

const { SyntaxKind: Kind } = ts

const otherOperators = new Map<ts.SyntaxKind, readonly ts.BinaryOperator[]>([
  [Kind.EqualsEqualsEqualsToken, [Kind.ExclamationEqualsEqualsToken]],
  [Kind.ExclamationEqualsEqualsToken, [Kind.EqualsEqualsEqualsToken]],
  [Kind.LessThanToken, [Kind.LessThanEqualsToken, Kind.GreaterThanEqualsToken]],
  [Kind.LessThanEqualsToken, [Kind.LessThanToken, Kind.GreaterThanToken]],
  [Kind.GreaterThanToken, [Kind.GreaterThanEqualsToken, Kind.LessThanEqualsToken]],
  [Kind.GreaterThanEqualsToken, [Kind.GreaterThanToken, Kind.LessThanToken]],
  [Kind.AmpersandAmpersandToken, [Kind.BarBarToken]],
  [Kind.BarBarToken, [Kind.AmpersandAmpersandToken]],
  [Kind.AmpersandToken, [Kind.BarToken]],
  [Kind.BarToken, [Kind.AmpersandToken]],
])

const otherMethods = new Map([['some', 'every'], ['every', 'some'], ['max', 'min'], ['min', 'max']])
const otherFunctions = new Map([['allOf', 'anyOf'], ['anyOf', 'allOf']])
const otherWords = new Map([['certain', 'possible'], ['possible', 'certain'], ['current', 'reached'], ['reached', 'current']])

/** Parts of SQL, and what breaks them. */
const sqlParts: readonly (readonly [RegExp, string])[] = [
  [/ AND /g, ' OR '], [/IS NOT NULL/g, 'IS NULL'], [/IS NULL/g, 'IS NOT NULL'], [/LEFT JOIN/g, 'JOIN'], [/(?<!NOT )EXISTS \(/g, 'NOT EXISTS ('],
  [/ >= /g, ' > '], [/ = /g, ' <> '], [/ IN \(/g, ' NOT IN ('], [/COUNT\(DISTINCT /g, 'COUNT('], [/NOT \(/g, '('], [/SUM\(/g, 'MAX('], [/ OR /g, ' AND '],
]

function brokenSql(text: string): string[] {
  if (!/[A-Z]{2}|=/.test(text)) return []
  return sqlParts.flatMap(([part, other]) => [...text.matchAll(part)].map((found) => text.slice(0, found.index) + other + text.slice(found.index + found[0].length)))
}

/** All ways to break one expression. */
export function expressionChanges(node: ts.Expression, make: ts.NodeFactory): Change[] {
  if (ts.isBinaryExpression(node)) return binary(node, make)
  if (ts.isPrefixUnaryExpression(node) && (node.operator === Kind.ExclamationToken || node.operator === Kind.TildeToken)) return [{ to: node.operand }]
  if (ts.isConditionalExpression(node)) return [{ to: node.whenTrue }, { to: node.whenFalse }]
  if (ts.isCallExpression(node)) return call(node, make)
  if (ts.isArrayLiteralExpression(node)) return array(node, make)
  if (node.kind === Kind.TrueKeyword) return [{ to: make.createFalse() }]
  if (node.kind === Kind.FalseKeyword) return [{ to: make.createTrue() }]
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    const word = otherWords.get(node.text)
    return [...word === undefined ? [] : [word], ...brokenSql(node.text)].map((text) => ({ to: make.createStringLiteral(text) }))
  }
  return ts.isTemplateExpression(node) ? template(node, make) : []
}

function binary(node: ts.BinaryExpression, make: ts.NodeFactory): Change[] {
  const { left, right, operatorToken: { kind } } = node
  const changed = (otherOperators.get(kind) ?? []).map((operator) => ({ to: make.createBinaryExpression(left, operator, right) }))
  if (kind === Kind.AmpersandAmpersandToken || kind === Kind.BarBarToken) return [...changed, { to: left }, { to: right }]
  // The other side of `??` mostly stands there because an index is never certain.
  return kind === Kind.QuestionQuestionToken ? [{ to: right }] : changed
}

function call(node: ts.CallExpression, make: ts.NodeFactory): Change[] {
  const { expression, arguments: given } = node
  const [first] = given
  if (ts.isIdentifier(expression)) {
    const other = otherFunctions.get(expression.text)
    if (other !== undefined) return [{ to: make.createCallExpression(make.createIdentifier(other), undefined, given) }]
    return expression.text === 'not' && first !== undefined ? [{ to: first }] : []
  }
  if (!ts.isPropertyAccessExpression(expression) || expression.questionDotToken !== undefined) return []
  const method = otherMethods.get(expression.name.text)
  if (method !== undefined) return [{ to: make.createCallExpression(make.createPropertyAccessExpression(expression.expression, method), undefined, given) }]
  return expression.name.text === 'filter' || expression.name.text === 'sort' ? [{ to: expression.expression }] : []
}

/** Without one of its parts; a table of constants is no rule. */
function array(node: ts.ArrayLiteralExpression, make: ts.NodeFactory): Change[] {
  return node.elements.flatMap((element, place) => (ts.isLiteralExpression(element) || ts.isIdentifier(element) || node.elements.length < 2 ? []
    : [{ to: make.createArrayLiteralExpression(node.elements.filter((_, other) => other !== place)) }]))
}

function template(node: ts.TemplateExpression, make: ts.NodeFactory): Change[] {
  const texts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)]
  return texts.flatMap((text, place) => brokenSql(text).map((broken) => {
    const spans = node.templateSpans.map((span, at) => {
      const literal = place === at + 1 ? broken : span.literal.text
      return make.createTemplateSpan(span.expression, at === node.templateSpans.length - 1 ? make.createTemplateTail(literal) : make.createTemplateMiddle(literal))
    })
    return { to: make.createTemplateExpression(make.createTemplateHead(place === 0 ? broken : node.head.text), spans) }
  }))
}
