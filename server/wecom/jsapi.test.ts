import { readFileSync } from 'node:fs'
import { getJsApiSignature } from '@wecom/crypto'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { signPage } from './jsapi.ts'

const { jssdk } = z.object({ jssdk: z.object({ ticket: z.string(), nonceStr: z.string(), timestamp: z.number(), url: z.string(), signature: z.string() }) })
  .parse(JSON.parse(readFileSync(new URL('../../test/fixtures/wecom/callback/crypto_vector.json', import.meta.url), 'utf8')))

it('signs the published vector, with or without a fragment', () => {
  const { signature, ...page } = jssdk
  expect(signPage(page)).toEqual({ timestamp: page.timestamp, nonceStr: page.nonceStr, signature })
  expect(signPage({ ...page, url: `${page.url}#/customers?y=2#z` }).signature).toBe(signature)
})

it('agrees with the reference library, without encoding the address', () => {
  const page = { ticket: 'T', nonceStr: 'n', timestamp: 1, url: 'https://crm.example.com/侧边栏?a=b c&d=%20' }
  expect(signPage(page).signature).toBe(getJsApiSignature({ ...page, timestamp: '1' }).signature)
})
