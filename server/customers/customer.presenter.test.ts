import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containsMask, customerFieldNames, presentations } from '#shared/access/index'
import { FieldSet } from '../access/index.ts'
import { createSealer } from '../sealing.ts'
import { sealContact } from './contact-data.ts'
import type { CardContext } from './customer-context.ts'
import type { Customer } from './customer.entity.ts'
import { presentCustomer } from './customer.presenter.ts'
import { newCustomer } from './write-customer.ts'

const sealer = createSealer(['a data key of 32 and more characters'])

/** A viewer to whom everything is shown like this, but for the mobile number. */
function seeing(mobile: (typeof presentations)[number], rest: (typeof presentations)[number] = 'clear'): FieldSet {
  const width = (field: string) => presentations.indexOf(field === 'mobile' ? mobile : rest)
  return new FieldSet(customerFieldNames.map(width), customerFieldNames.map(() => false))
}

interface Written { readonly mobile: string, readonly text: string }

function written({ mobile, text }: Written): { customer: Customer, context: CardContext } {
  const customer: Customer = {
    ...newCustomer('wmTest', text, 0), ...sealContact(sealer, { mobile, email: `a${mobile}@kunde.example`, address: '上海市浦东新区世纪大道100号' }),
    corpName: text, preferences: [text], priceList: text, contractState: text, contractAmountFen: 12_345_678,
  }
  const context: CardContext = {
    ownerOf: () => null, followersOf: () => [], poolOf: () => null, tagsOf: () => [{ id: 't', name: text, groupName: text }],
    remarkOf: () => text, addedAtOf: () => null, totalsOf: () => ({ totalFen: 9_876_543, count: 1, lastAt: null }),
  }
  return { customer, context }
}

const plain = (text: string) => text.normalize('NFKC').replace(/[\s\p{Cf}\-–—.·_,，/()（）]/gu, '')
const mobile = fc.tuple(fc.constantFrom('3', '5', '7', '8', '9'), fc.integer({ min: 0, max: 999_999_999 })).map(([second, rest]) => `1${second}${String(rest).padStart(9, '0')}`)
const spelt = (number: string) => fc.constantFrom(number, `+86${number}`, `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}`, `${number.slice(0, 3)}-${number.slice(3, 7)}-${number.slice(7)}`, [...number].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(''))
const around = fc.string({ maxLength: 8 })
const person = mobile.chain((number) => fc.record({ mobile: fc.constant(number), text: fc.tuple(around, spelt(number), around).map((parts) => parts.join('')) }))

describe('a card', () => {
  it('T07 holds the customer\'s number nowhere unless the number itself is clear, whatever stands around it', () => {
    fc.assert(fc.property(person, fc.constantFrom('hidden' as const, 'masked' as const), (one, shown) => {
      const { customer, context } = written(one)
      const { values } = presentCustomer(customer, seeing(shown), context, sealer)
      const { email: _email, ...others } = values
      for (const text of JSON.stringify(others).split('"')) expect(plain(text)).not.toContain(one.mobile)
    }))
  })

  it('T07 holds every text as it was written where the number is clear', () => {
    fc.assert(fc.property(person, (one) => {
      const { customer, context } = written(one)
      const { values } = presentCustomer(customer, seeing('clear'), context, sealer)
      expect(values).toMatchObject({ name: customer.name, remark: one.text, preferences: [one.text], mobile: `+86${one.mobile}` })
    }))
  })

  it('T06 shows masked what is to be masked, and leaves out what has no mask', () => {
    fc.assert(fc.property(person, (one) => {
      const { customer, context } = written(one)
      const { values, fields } = presentCustomer(customer, seeing('masked', 'masked'), context, sealer)
      expect(Object.keys(values).sort()).toEqual(['address', 'contractAmountFen', 'email', 'mobile', 'spendTotalFen'])
      expect(new Set(Object.values(fields))).toEqual(new Set(['masked']))
      for (const value of Object.values(values)) expect(containsMask(String(value))).toBe(true)
      expect(JSON.stringify(values)).not.toContain('1234567')
    }))
  })
})
