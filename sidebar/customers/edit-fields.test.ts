import { describe, expect, it } from 'vitest'
import { CustomerPatch, stages } from '#shared/contracts/customers'
import { aCard } from '../testing/sample.ts'
import { editableFields, fenFrom, maskText, patchOf, presentText, problemOf, stageNames, writableFields, yuanText } from './edit-fields.ts'

describe('the fields of the edit screen', () => {
  it('are all that the contract lets a person write', () => {
    expect([...editableFields, 'version'].sort()).toEqual(Object.keys(CustomerPatch.shape).sort())
    expect(stageNames).toEqual(Object.keys(stages))
  })

  it('are shown only when the server says that they are writable', () => {
    expect(writableFields(aCard({ writable: ['stage', 'name', 'spendTotalFen'] }))).toEqual(['name', 'stage'])
  })

  it('never put a mask into an input', () => {
    const card = aCard({ customer: { mobile: '138****1234', contractAmountFen: '¥***' }, fields: { mobile: 'masked', contractAmountFen: 'masked' } })
    expect(presentText(card, 'mobile')).toBe('')
    expect(presentText(card, 'contractAmountFen')).toBe('')
    expect(maskText(card, 'mobile')).toBe('138****1234')
  })

  it('turn yuan into fen and back without losing one', () => {
    for (const fen of [0, 5, 10, 128050, 128000, 99_999_999_999]) expect(fenFrom(yuanText(fen))).toBe(fen)
    for (const text of ['', '1.234', '-1', '1,000', '¥***', '1e3']) expect(fenFrom(text)).toBeNull()
  })

  it.each([
    ['name', ' ', 'errorRequired'], ['mobile', '138****1234', 'errorMasked'], ['contractAmountFen', '12.345', 'errorAmount'],
    ['mobile', '13812341234', null], ['contractAmountFen', '12.30', null], ['email', null, null],
  ] as const)('%s "%s": %s', (field, text, problem) => {
    expect(problemOf(field, text)).toBe(problem)
  })

  it('make a patch of exactly the changed fields that the contract accepts', () => {
    const patch = patchOf(3, { name: ' 陈晓 ', preferences: '少糖\n常温', contractAmountFen: '1280.5', memberLevel: '2', mobile: null, birthday: '1990-06-02', stage: 'signed' })
    expect(patch).toEqual({
      version: 3, name: '陈晓', preferences: ['少糖', '常温'], contractAmountFen: 128050, memberLevel: 2, mobile: null, birthday: '1990-06-02', stage: 'signed',
    })
    expect(CustomerPatch.parse(patch)).toEqual(patch)
    expect(patchOf(4, {})).toEqual({ version: 4 })
  })
})
