import { childOf, childrenOf, type XmlElement } from './xml.ts'

/** A known event without a field that it must have; the event is then handed on as unknown. */
export class FieldMissing extends Error {
  readonly field: string

  constructor(field: string) {
    super(`missing ${field}`)
    this.name = 'FieldMissing'
    this.field = field
  }
}

/** What every event carries. */
export interface EventBase {
  /** ToUserName: the company, to be compared by the caller if it has several. */
  readonly corpId: string
  /** When WeCom says that it happened, ms; WeCom's clock has one-second resolution. */
  readonly at: number
  /** The app, as a string; absent for events that are not bound to an app. */
  readonly agentId: string | null
}

/** Text of a child, trimmed; empty if absent. */
export function optional(element: XmlElement | undefined, name: string): string {
  return childOf(element, name)?.text.trim() ?? ''
}

/** Text of a child, null if absent or empty. */
export function orNull(element: XmlElement | undefined, name: string): string | null {
  const text = optional(element, name)
  return text === '' ? null : text
}

export function required(element: XmlElement | undefined, name: string): string {
  const text = optional(element, name)
  if (text === '') throw new FieldMissing(name)
  return text
}

/** userids compare without case, so they are kept lower case. */
export function requiredUserid(element: XmlElement | undefined, name: string): string {
  return required(element, name).toLowerCase()
}

export function useridOrNull(element: XmlElement | undefined, name: string): string | null {
  return orNull(element, name)?.toLowerCase() ?? null
}

/** A whole number; null if absent or something else. */
export function integerOrNull(element: XmlElement | undefined, name: string): number | null {
  const text = optional(element, name)
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null
}

export function requiredInteger(element: XmlElement | undefined, name: string): number {
  const value = integerOrNull(element, name)
  if (value === null) throw new FieldMissing(name)
  return value
}

/** Seconds to ms; 0 and absence are null. */
export function instantOrNull(element: XmlElement | undefined, name: string): number | null {
  const seconds = integerOrNull(element, name)
  return seconds === null || seconds === 0 ? null : seconds * 1000
}

export function decimalOrNull(element: XmlElement | undefined, name: string): number | null {
  const text = optional(element, name)
  return /^-?\d{1,10}(?:\.\d{1,12})?$/.test(text) ? Number(text) : null
}

/** `a,b` → `['a', 'b']`. */
export function commaList(element: XmlElement | undefined, name: string): readonly string[] {
  return optional(element, name).split(',').map((part) => part.trim()).filter((part) => part !== '')
}

/** The same for numbers; null if the element is absent (then nothing is said about it). */
export function integerListOrNull(element: XmlElement | undefined, name: string): readonly number[] | null {
  if (childOf(element, name) === undefined) return null
  return commaList(element, name).filter((part) => /^\d{1,15}$/.test(part)).map(Number)
}

/** Texts of all children of that name. */
export function repeated(element: XmlElement | undefined, name: string): readonly string[] {
  return childrenOf(element, name).map((child) => child.text.trim()).filter((text) => text !== '')
}

/** What stands before an event's own fields. */
export function baseOf(xml: XmlElement): EventBase {
  return { corpId: required(xml, 'ToUserName'), at: requiredInteger(xml, 'CreateTime') * 1000, agentId: orNull(xml, 'AgentID') }
}

/** Reads one family; null means a sub-type that we do not know. */
export type EventReader<T> = (xml: XmlElement, base: EventBase, changeType: string) => T | null
