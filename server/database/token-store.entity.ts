import { defineTable, instant, key, primary, text } from './columns.ts'

/** A WeCom token or ticket, sealed, shared by all processes. */
export interface WecomToken {
  tokenKey: string
  valueSealed: string
  expiresAt: number
  updatedAt: number
}

export const wecomTokens = defineTable<WecomToken>('wecom_tokens', {
  tokenKey: primary(key(96)),
  valueSealed: text(),
  expiresAt: instant(),
  updatedAt: instant(),
})
