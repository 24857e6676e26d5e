import { describe, expect, it } from 'vitest'
import { asksNotToBeContacted } from './asks-not-to-be-contacted.ts'

describe('a message that asks for no more messages', () => {
  it.each([
    '退订', 'TD', 'ｔｄ', '“退订”', '不要再发了', '不要再发了！！', '请不要再发消息了，谢谢', '麻烦别再给我发消息了', '请勿打扰', '你好，不要再联系我了', '别再发广告了', 'STOP', 'Unsubscribe.', '不要打扰我了好吗',
  ])('%s', (text) => { expect(asksNotToBeContacted(text)).toBe(true) })

  it.each([
    '', '谢谢', '请', 'T', 'N', '别发', '不要发', '不要再发错货了', '怎么退订会员？', '退订单', '别发顺丰，发中通', '不要发快递', 'stop by tomorrow', 'T恤有货吗', 'TDK', '不要再发了，我已经收到两份了，请问怎么退一份', '昨天那条别再发给别人了', '😀', '取消订阅号码是多少',
  ])('is not %s', (text) => { expect(asksNotToBeContacted(text)).toBe(false) })

  it('is no long text, whatever it holds', () => {
    expect(asksNotToBeContacted(`退订${'谢谢'.repeat(20)}`)).toBe(false)
  })
})
