import { maskNumbers } from '#shared/access/index'

/**
 * A name as the search knows it. Numbers in it are masked like everywhere else: a search that met the digits would tell
 * a phone number, digit by digit, to people who may not see it (T07, T10).
 */
export const searchable = (name: string): string => maskNumbers(name).toLowerCase()
