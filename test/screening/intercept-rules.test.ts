import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planRules, screeningEffects, wordsForWecom } from '../../server/screening/intercept-rules.ts'
import type { WecomClient } from '../../server/wecom/index.ts'
import { generateCompany } from '../company/generate.ts'
import { agreed } from '../support/second-person.ts'
import { testApp, type TestApp } from '../support/test-app.ts'

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => `词语${from + place}`)

describe('S39 what WeCom is to stop', () => {
  it('is changed as little as possible', () => {
    const ours = [{ id: 'a', name: '内容质检词库1', words: words(0, 300), blocks: true }, { id: 'b', name: '内容质检词库2', words: ['词语0', ...words(300, 310)], blocks: true }, { id: 'c', name: '内容质检词库3', words: ['旧'], blocks: true }]
    expect(planRules(words(1, 310), ours, 5)).toEqual({ update: [{ id: 'a', words: words(1, 300) }, { id: 'b', words: words(300, 310) }], remove: ['c'], add: [], leftOut: 0 })
    expect(planRules(words(0, 310), [ours[0] as never], 5)).toEqual({ update: [], remove: [], add: [{ name: '内容质检词库2', words: words(300, 310) }], leftOut: 0 })
  })
  it('fits WeCom\'s limits; what does not fit is counted', () => {
    const plan = planRules(words(0, 31_000), [], 2)
    expect(plan.add).toHaveLength(98)
    expect(plan.leftOut).toBe(31_000 - 98 * 300)
    expect(Math.max(...plan.add.map((rule) => rule.name.length))).toBeLessThanOrEqual(20)
    expect(wordsForWecom([{ word: '长'.repeat(33), kind: 'block', category: 'other', disguises: [], note: '' }, { word: '审查', kind: 'review', category: 'other', disguises: [], note: '' }])).toEqual([])
  })
})

describe('S39 WeCom\'s rules follow the published list', () => {
  let app: TestApp
  beforeAll(async () => { app = await testApp({ company: generateCompany({ customers: 5 }) }) })
  afterAll(() => app.stop())

  async function inWecom(): Promise<string[]> {
    const { wecom } = app.services
    const rules = (await wecom.listInterceptRules()).filter((rule) => rule.name.startsWith('内容质检'))
    return (await Promise.all(rules.map((rule) => wecom.getInterceptRule(rule.id)))).flatMap((rule) => rule.words)
  }
  async function publish(text: string): Promise<void> {
    const director = await app.as('marketinglead01')
    const send = (path: string, body: object) => director.send('POST', path, { body: JSON.stringify(body) })
    const { version } = (await director.get('/api/screening/draft')).body
    const imported = (await send('/api/screening/draft/import', { version, mode: 'replace', text })).body
    expect((await agreed(app, await send('/api/screening/draft/publish', { version: imported.version, note: '词库' }))).status).toBe(200)
  }

  it('after the publication, and rules of other makers are left alone', async () => {
    await app.services.wecom.addInterceptRule({ name: '别人的规则', words: ['别的'], departmentIds: [1] })
    await publish(words(0, 700).join('\n'))
    await app.settle()
    expect((await inWecom()).sort()).toEqual(words(0, 700).sort())
    await publish(words(100, 650).join('\n'))
    await app.settle()
    expect((await inWecom()).sort()).toEqual(words(100, 650).sort())
    expect((await app.services.wecom.listInterceptRules()).some((rule) => rule.name === '别人的规则')).toBe(true)
  })

  it('cut off after any of its calls, the next run ends in the same rules, none twice', async () => {
    await publish(words(1000, 2000).join('\n'))
    for (let calls = 1; calls < 12; calls += 1) {
      let left = calls
      // The process ends right after a call took effect, before its answer is used.
      const dying = new Proxy(app.services.wecom, { get: (client, name: keyof WecomClient) => async (...args: unknown[]) => {
        const answer = await (client[name] as (...args: unknown[]) => Promise<unknown>)(...args)
        left -= 1
        if (left === 0) throw new Error('killed')
        return answer
      } })
      const [effect] = screeningEffects({ database: app.services.database, audit: app.services.audit, wecom: dying })
      await effect?.[1].run({}, { attempt: 1, mustReadBack: calls > 1, signal: AbortSignal.timeout(60_000), requestId: 'r' }).catch(() => undefined)
    }
    await app.settle()
    const held = await inWecom()
    expect([...held].sort()).toEqual(words(1000, 2000).sort())
    expect(new Set(held).size).toBe(held.length)
  })
})
