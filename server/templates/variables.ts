import { templateVariables } from '#shared/template-words'
import { ProjectError } from '../errors.ts'

/** `{{name}}`; what stands between braces and is no name is unknown, so that a slip of the pen does not leave. */
const placeholder = /\{\{([^{}]*)\}\}/g

export type VariableKind = 'sender' | 'customer'

/** The names in the order of the text, each once, known or not. Braces that pair with nothing count as an unknown name. */
export function namesIn(text: string): string[] {
  const found = [...text.matchAll(placeholder)].map((match) => (match[1] ?? '').trim())
  const rest = text.replace(placeholder, '')
  return [...new Set([...found, ...(/\{\{|\}\}/.test(rest) || /\{{3}|\}{3}/.test(text) ? ['{{'] : [])])]
}

const known = new Map<string, VariableKind>(templateVariables.map(({ name, kind }) => [name, kind]))

export const unknownIn = (text: string): string[] => namesIn(text).filter((name) => !known.has(name))

export function variablesIn(text: string): { readonly name: string, readonly kind: VariableKind }[] {
  return namesIn(text).flatMap((name) => {
    const kind = known.get(name)
    return kind === undefined ? [] : [{ name, kind }]
  })
}

/**
 * Fills every variable, once: a value that looks like a variable stays as it is. Throws `template.unknown_variable` and, for what
 * has no value, `template.missing_value`; an empty value is none, since a letter to "dear" is worse than no letter.
 */
export function fillTemplate(text: string, values: Readonly<Record<string, string | undefined>>): string {
  const unknown = unknownIn(text)
  if (unknown.length > 0) throw new ProjectError('template.unknown_variable', 400, { variables: unknown })
  const missing = namesIn(text).filter((name) => !Object.hasOwn(values, name) || (values[name] ?? '').trim() === '')
  if (missing.length > 0) throw new ProjectError('template.missing_value', 422, { variables: missing })
  return text.replace(placeholder, (_, name: string) => values[name.trim()] ?? '')
}

/** The text with variables covered by as many neutral characters: places stay, and their names are no words to be found. */
export const coverVariables = (text: string): string => text.replace(placeholder, (whole) => '某'.repeat(whole.length))
