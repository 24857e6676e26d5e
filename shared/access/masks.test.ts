import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containsMask, maskAddress, maskEmail, maskIdentifier, maskKnown, maskMoneyAndNumbers, maskNumbers, maskPhone, moneyMask } from './masks.ts'

describe('masks', () => {
  it('show a mobile number as 138****1234, however it is written', () => {
    for (const phone of ['13800001234', '+8613800001234', '138 0000 1234', '0086-13800001234']) expect(maskPhone(phone)).toBe('138****1234')
    expect(maskPhone('12345')).toBe('****')
  })

  it('show e-mail and address with their first part only', () => {
    expect(maskEmail('lin.hui@example.com')).toBe('l***@example.com')
    expect(maskEmail('nonsense')).toBe('****')
    expect(maskAddress('上海市浦东新区世纪大道100号')).toBe('上海市浦东新****')
    expect(maskAddress('朝阳区')).toBe('****')
  })

  it.each([
    ['陈女士13800001234', '陈女士138****1234'],
    ['陈 138-0000-1234 朝阳', '陈 138****1234 朝阳'],
    ['１３８００００１２３４', '138****1234'],
    ['卡号6222021234567890123', '卡号****0123'],
    ['身份证110101199003071234完', '身份证110********完'],
    ['110101 19900307 123X', '110********'],
    ['电话010-62345678', '电话****'],
    ['138  1234  5678', '138****5678'],
    ['138,1234,5678', '138****5678'],
    ['(138)12345678', '138****5678'],
    ['138\u200b12345678', '138****5678'],
    ['+852 9123 4567', '+****67'],
    ['电话138000012345', '电话****2345'],
    ['1380000123499990000111122', '****1122'],
    ['邮箱 lin.hui@example.com，或', '邮箱 l***@example.com，或'],
    ['2号楼 18 层 第3次', '2号楼 18 层 第3次'],
  ])('T07 mask numbers inside %s', (text, masked) => {
    expect(maskNumbers(text)).toBe(masked)
  })

  it.each([
    ['合同 ¥128,000.00 已付', `合同 ${moneyMask} 已付`],
    ['一共5000元', `一共${moneyMask}`],
    ['签了12.8万', `签了${moneyMask}`],
    ['三千五百块', moneyMask],
    ['￥ 99', moneyMask],
    ['RMB 5000', moneyMask],
    ['USD 500', moneyMask],
    ['总价：5000', `总价：${moneyMask}`],
    ['8万8', moneyMask],
    ['三万五', moneyMask],
    ['五千', moneyMask],
    ['2件 3次 2026年11月 5号', '2件 3次 2026年11月 5号'],
    ['下午3点到店', '下午3点到店'],
  ])('S36 mask amounts inside %s', (text, masked) => {
    expect(maskMoneyAndNumbers(text)).toBe(masked)
  })

  it.each([
    ['D13800001234-01', 'D138****1234-01'],
    ['2026060213800001234', '20260602138****1234'],
    ['SO-138 0000 1234', 'SO-138****1234'],
    ['SO１３８００００１２３４X', 'SO138****1234X'],
    ['202606021234567890', '202606021234567890'],
    ['A13900005678', 'A139****5678'],
  ])('T07 mask the phone number inside the order number %s and leave its other digits', (identifier, masked) => {
    expect(maskIdentifier(identifier, ['13800001234'])).toBe(masked)
  })

  it('T07 find a known number in the middle of a longer one', () => {
    expect(maskKnown('77138000012349', ['13800001234'])).toBe('77138****12349')
    expect(maskKnown('号码 5', ['5'])).toBe('号码 5')
  })

  it('are all recognised as masks: none can be written back', () => {
    const phone = fc.integer({ min: 0, max: 999_999_999 }).map((rest) => `13${String(rest).padStart(9, '0')}`)
    fc.assert(fc.property(phone, fc.emailAddress(), fc.string({ minLength: 1, maxLength: 40 }), (number, email, address) => {
      for (const masked of [maskPhone(number), maskEmail(email), maskAddress(address), maskNumbers(number), maskNumbers(email)]) expect(containsMask(masked)).toBe(true)
    }))
    expect(containsMask('138*\u200b*\u200b*\u200b*1234')).toBe(true)
  })

  it('T06 leave no complete mobile number in any text', () => {
    const number = fc.tuple(fc.constantFrom('3', '5', '7', '8', '9'), fc.integer({ min: 0, max: 999_999_999 })).map(([second, rest]) => `1${second}${String(rest).padStart(9, '0')}`)
    const around = fc.string({ maxLength: 12 }).map((text) => text.replace(/[0-9]/g, ''))
    fc.assert(fc.property(number, around, around, (phone, before, after) => {
      expect(maskNumbers(`${before}${phone}${after}`)).not.toContain(phone)
    }))
  })

  it('are recognised when somebody sends them back', () => {
    for (const masked of [maskPhone('13800001234'), moneyMask, maskEmail('a@b.cn'), '138＊＊＊＊1234']) expect(containsMask(masked)).toBe(true)
    expect(containsMask('5*3 规格')).toBe(false)
  })
})
