import { escape } from 'mysql2'

const plainText = /^[A-Za-z0-9+/=:._-]*$/

/**
 * A value as it stands in a statement of MySQL. Long statements are written out instead of sent with parameters: escaping
 * some 800 characters per row cost as much as the rest. Base64 needs no escape; any other text is escaped by the driver.
 */
export const mysqlLiteral = (text: string | null): string => (text === null ? 'null' : plainText.test(text) ? `'${text}'` : escape(text))
