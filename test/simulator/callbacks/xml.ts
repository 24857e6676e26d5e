/** A value of a callback: text becomes CDATA, a number or `plain` stays bare, a list becomes child elements. */
export type XmlValue = string | number | { readonly plain: string } | XmlFields
export type XmlFields = readonly (readonly [name: string, value: XmlValue])[]

/** `<xml>…</xml>` in the given order, without blanks, as WeCom writes it. */
export function toXml(fields: XmlFields): string {
  return `<xml>${children(fields)}</xml>`
}

function children(fields: XmlFields): string {
  return fields.map(([name, value]) => `<${name}>${content(value)}</${name}>`).join('')
}

function content(value: XmlValue): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  if ('plain' in value) return value.plain
  return children(value)
}
