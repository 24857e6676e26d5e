/** What people write who want no more messages, without marks, spaces and politeness. */
const wishes: ReadonlySet<string> = new Set([
  '退订', '退定', 'td', '取消订阅', '拒收', '勿扰', '免打扰', '请勿打扰', '请勿发送', '请勿联系',
  '不要打扰', '不要打扰我', '不要再打扰', '不要再打扰我', '别打扰我', '别再打扰我', '不要骚扰', '不要骚扰我', '别骚扰我', '别再骚扰我',
  '不要再发', '别再发', '不要再发消息', '别再发消息', '不要再给我发消息', '别再给我发消息', '不要给我发消息', '不要再发信息', '别再发信息', '不要再群发', '别群发', '不要发广告', '别发广告', '不要再发广告', '别再发广告',
  '不要联系我', '别联系我', '不要再联系我', '别再联系我', 'unsubscribe', 'stop', 'donotcontactme', 'stopmessagingme',
])

const politeness = /^(?:您好|你好|麻烦您?|请|亲)+|(?:了|啦|吧|谢谢您?|多谢|哈|好吗|可以吗)+$/gu
/** Longer texts are conversation: a person reads them. */
const longest = 24

/**
 * Whether a whole message says nothing but that (退订, 不要再发了, TD). A sentence that only holds such words (不要再发错货了) says
 * something else: missing one costs a word to a colleague, a wrong one costs the customer what he wanted.
 */
export function asksNotToBeContacted(text: string): boolean {
  if (text.length > longest) return false
  const bare = text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  // 请勿打扰 is one of them as it stands.
  return wishes.has(bare) || wishes.has(bare.replace(politeness, ''))
}
