import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Envelope, maxEnvelopeBytes, parseEnvelopeSlowly, scanEnvelope } from './callback-envelope.ts'
import { CallbackMalformed } from './errors.ts'

const fixture = readFileSync(new URL('../../test/fixtures/wecom/callback/envelope_request.xml', import.meta.url))

function verdict(run: () => Envelope): Envelope | { malformed: string } {
  try {
    return run()
  } catch (error) {
    if (error instanceof CallbackMalformed) return { malformed: error.reason }
    throw error
  }
}

const scan = (body: string | Buffer) => verdict(() => scanEnvelope(body))
const parse = (body: string) => verdict(() => parseEnvelopeSlowly(body))

describe('envelope', () => {
  it('reads what WeCom sends, as bytes and as text', () => {
    const expected = { toUserName: 'wwa1b2c3d4e5f60718', agentId: '1000002' }
    expect(scan(fixture)).toMatchObject(expected)
    expect(scan(fixture.toString())).toEqual(scan(fixture))
    expect(parse(fixture.toString())).toEqual(scan(fixture))
  })

  it.each([
    ['plain text instead of CDATA', '<xml><Encrypt>QUJD</Encrypt></xml>', { encrypt: 'QUJD' }],
    ['another order and blanks', '\n<xml>\n <AgentID>7</AgentID>\r\n<Encrypt><![CDATA[QUJD]]></Encrypt>\n</xml>\n', { encrypt: 'QUJD', agentId: '7' }],
    ['an XML declaration', '<?xml version="1.0"?><xml><Encrypt>QUJD</Encrypt></xml>', { encrypt: 'QUJD' }],
    ['an unknown child', '<xml><More>中</More><Encrypt>QUJD</Encrypt></xml>', { encrypt: 'QUJD' }],
    ['a comment between', '<xml><!-- <Encrypt>QQ==</Encrypt> --><Encrypt>QUJD</Encrypt></xml>', { encrypt: 'QUJD' }],
    ['the name inside CDATA', '<xml><ToUserName><![CDATA[<Encrypt>QQ==</Encrypt>]]></ToUserName><Encrypt>QUJD</Encrypt></xml>', { encrypt: 'QUJD', toUserName: '<Encrypt>QQ==</Encrypt>' }],
    ['two Encrypt', '<xml><Encrypt>QUJD</Encrypt><Encrypt>QUJD</Encrypt></xml>', { malformed: 'encrypt' }],
    ['a second one deeper', '<xml><Encrypt>QUJD</Encrypt><A><Encrypt>QUJD</Encrypt></A></xml>', { malformed: 'encrypt' }],
    ['only a nested one', '<xml><A><Encrypt>QUJD</Encrypt></A></xml>', { malformed: 'encrypt' }],
    ['none', '<xml><ToUserName>ww</ToUserName></xml>', { malformed: 'encrypt' }],
    ['an empty one', '<xml><Encrypt></Encrypt></xml>', { malformed: 'encrypt' }],
    ['an element inside it', '<xml><Encrypt>QU<b/>JD</Encrypt></xml>', { malformed: 'encrypt' }],
    ['an entity inside it', '<xml><Encrypt>QU&amp;JD</Encrypt></xml>', { encrypt: 'QU&JD' }],
    ['an undeclared entity', '<xml><Encrypt>QU&e;JD</Encrypt></xml>', { encrypt: 'QU&e;JD' }],
    ['a custom entity', '<!DOCTYPE xml [<!ENTITY e "QUJD">]><xml><Encrypt>&e;</Encrypt></xml>', { malformed: 'doctype' }],
    ['an external entity', '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><Encrypt>QUJD</Encrypt></xml>', { malformed: 'doctype' }],
    ['another root', '<root><Encrypt>QUJD</Encrypt></root>', { malformed: 'root' }],
    ['unclosed', '<xml><Encrypt>QUJD</Encrypt>', { malformed: 'xml' }],
    ['something behind', '<xml><Encrypt>QUJD</Encrypt></xml><xml/>', { malformed: 'root' }],
    ['no XML', 'hello', { malformed: 'xml' }],
    ['nothing', '', { malformed: 'xml' }],
    ['JSON', '{"Encrypt":"QUJD"}', { malformed: 'xml' }],
  ])('%s', (_name, body, expected) => {
    expect(scan(body)).toEqual(expected)
    expect(scan(Buffer.from(body))).toEqual(expected)
  })

  it('bounds size, depth and encoding', () => {
    expect(scan(' '.repeat(maxEnvelopeBytes + 1))).toEqual({ malformed: 'size' })
    expect(scan('<xml>'.repeat(40) + '</xml>'.repeat(40))).toHaveProperty('malformed')
    expect(scan(Buffer.concat([Buffer.from('<xml><Encrypt>QUJD</Encrypt>'), Buffer.from([0xff]), Buffer.from('</xml>')]))).toEqual({ malformed: 'encoding' })
  })

  it('judges hostile bodies of full size in bounded steps', () => {
    const fill = (part: string) => part.repeat(Math.floor(maxEnvelopeBytes / part.length))
    for (const part of ['<![CDATA[', '<!--', '<a>', '<a ', '&', '<Encrypt>', '<xml>', '<?x ', ']]>', '<a b="', '\n', '<a/>']) {
      expect(scan(`<xml>${fill(part).slice(20)}`)).toHaveProperty('malformed')
    }
  }, 30_000)

  const value = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9+/]{0,12}={0,2}$/), fc.constantFrom('a&amp;b', ' QUJD ', '<b/>', '中', '', ']]', '<!-- x -->', 'a]]>b', '&e;', '__proto__'))
  const wrapped = fc.tuple(value, fc.boolean()).map(([text, cdata]) => (cdata ? `<![CDATA[${text}]]>` : text))
  const name = fc.constantFrom('Encrypt', 'ToUserName', 'AgentID', 'Other', 'encrypt', 'constructor', 'xml')
  const child = fc.oneof(
    fc.tuple(name, wrapped).map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
    fc.constantFrom(' ', '\n', '<!-- c -->', '<Encrypt/>', 'text', '<A><Encrypt>QUJD</Encrypt></A>', '<Encrypt a="1">QUJD</Encrypt>'))
  const document = fc.tuple(fc.constantFrom('', '\n', '<?xml version="1.0"?>', '\uFEFF', '<!DOCTYPE xml>'), fc.array(child, { maxLength: 5 }))
    .map(([before, children]) => `${before}<xml>${children.join('')}</xml>`)

  it('scan and parser agree on any document', () => {
    fc.assert(fc.property(document, (body) => {
      expect(scan(body)).toEqual(parse(body))
    }), { numRuns: 3_000 })
  })

  it('scan and parser agree after any damage to a real envelope', () => {
    const good = fixture.toString()
    const edit = fc.record({ at: fc.nat(good.length), remove: fc.nat(30), insert: fc.constantFrom('', '<', '>', '&', ']]>', '<Encrypt>', '</xml>', ' ', '\0', '中', '<!--') })
    fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const body = edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), good)
      expect(scan(body)).toEqual(parse(body))
    }), { numRuns: 3_000 })
  })
})
