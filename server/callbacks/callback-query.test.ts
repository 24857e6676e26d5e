import { describe, expect, it } from 'vitest'
import { ProjectError } from '../errors.ts'
import { readCallbackQuery } from './callback-query.ts'

const signature = 'a'.repeat(40)
const refusal = (query: string): unknown => {
  try {
    return readCallbackQuery(query)
  } catch (error) {
    return error instanceof ProjectError ? [error.status, error.code, error.data['place']] : error
  }
}

describe('the query of a callback', () => {
  it('reads the usual form and any other order or encoding alike', () => {
    const expected = { signature, timestamp: '1767225601', nonce: 'n1', echo: null }
    expect(readCallbackQuery(`msg_signature=${signature}&timestamp=1767225601&nonce=n1`)).toEqual(expected)
    expect(readCallbackQuery(`nonce=n%31&timestamp=1767225601&other=1&msg_signature=${signature}`)).toEqual(expected)
    expect(readCallbackQuery(`nonce=n1&timestamp=1767225601&%6dsg_signature=${signature}`)).toEqual(expected)
  })

  it('decodes percent signs once and leaves the plus of base64 alone', () => {
    expect(readCallbackQuery(`msg_signature=x&timestamp=1&nonce=2&echostr=a%2Bb+c%253D%3D`).echo).toBe('a+b+c%3D=')
  })

  it.each([
    [`msg_signature=${signature}&timestamp=1&nonce=2&nonce=2`, 'nonce'],
    [`msg_signature=${signature}&timestamp=1&nonce=2&%6eonce=3`, 'nonce'],
    [`msg_signature=${signature}&msg_signature=${signature}&timestamp=1&nonce=2`, 'signature'],
    [`timestamp=1&nonce=2`, 'signature'],
    [`msg_signature=${signature}&timestamp=12x&nonce=2`, 'timestamp'],
    [`msg_signature=${signature}&timestamp=1`, 'nonce'],
    [`msg_signature=${signature}&timestamp=1&nonce=%E0%A4%A`, 'nonce'],
    ['x'.repeat(9_000), 'query'],
    ['', 'signature'],
  ])('refuses %s', (query, place) => {
    expect(refusal(query)).toEqual([400, 'callback.bad_request', place])
  })
})
