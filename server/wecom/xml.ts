import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { CallbackMalformed } from './errors.ts'

/** An element with its own text (not that of its children), in document order. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

const mostDepth = 12
const mostElements = 50_000

/** The parser expands nothing: the five entities of XML itself are read here, and a DOCTYPE never gets this far. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: mostDepth,
})

const namedEntities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: '\'' }

/** Decodes `&lt;` and `&#20013;`; anything else stays as it is. One pass, so nothing is decoded twice. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return namedEntities[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** The text without its CDATA sections, in linear time; an unclosed section is left to the validator. */
function outsideCdata(text: string): string {
  let rest = ''
  let at = 0
  for (;;) {
    const start = text.indexOf('<![CDATA[', at)
    const end = start === -1 ? -1 : text.indexOf(']]>', start)
    if (end === -1) return rest + text.slice(at)
    rest += text.slice(at, start)
    at = end + 3
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOfNode(value: unknown): string {
  if (!Array.isArray(value)) return ''
  return value.map((part: unknown) => (isRecord(part) && typeof part['#text'] === 'string' ? part['#text'] : '')).join('')
}

/** Turns the parser's ordered output into elements; comments disappear. */
function elementsOf(nodes: unknown, count: { value: number }): { text: string, children: XmlElement[] } {
  let text = ''
  const children: XmlElement[] = []
  for (const node of Array.isArray(nodes) ? nodes : []) {
    if (!isRecord(node)) continue
    for (const [name, value] of Object.entries(node)) {
      if (name === '#text') text += typeof value === 'string' ? decodeEntities(value) : ''
      else if (name === '#cdata') text += textOfNode(value)
      else if (name !== ':@' && name !== '#comment') {
        count.value += 1
        if (count.value > mostElements) throw new CallbackMalformed('size')
        children.push({ name, ...elementsOf(value, count) })
      }
    }
  }
  return { text, children }
}

function parsed(text: string): unknown {
  try {
    const ordered: unknown = parser.parse(text)
    return ordered
  } catch {
    throw new CallbackMalformed('xml')
  }
}

/**
 * Reads a small XML document: one root, no DOCTYPE, no entities but XML's own five, at most 12 levels.
 * Throws `CallbackMalformed`. `maxLength` in UTF-16 units.
 */
export function readXml(text: string, maxLength: number): XmlElement {
  if (text.length > maxLength) throw new CallbackMalformed('size')
  if (/<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(outsideCdata(text))) throw new CallbackMalformed('doctype')
  if (XMLValidator.validate(text) !== true) throw new CallbackMalformed('xml')
  const { text: stray, children } = elementsOf(parsed(text), { value: 0 })
  const root = children[0]
  if (root === undefined || children.length > 1 || stray.trim() !== '') throw new CallbackMalformed('root')
  return root
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? []
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name)
}
