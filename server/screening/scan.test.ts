import { describe, expect, it } from 'vitest'
import type { WordEntry } from './hits.ts'
import { scan } from './scan.ts'
import { createScreener } from './screener.ts'
import { starterEntries } from './starter/index.ts'

const screener = createScreener({ entries: starterEntries, hosts: ['shop.example.com'], blockedHosts: ['bad.cn'] })
const found = (text: string) => scan(screener, text).hits.map((hit) => [text.slice(hit.start, hit.end), hit.word, hit.reason])
const only = (entry: Partial<WordEntry>, text: string) => scan(createScreener({ entries: [{ word: '赌博', kind: 'block', category: 'gambling', disguises: [], note: '', ...entry }], hosts: [], blockedHosts: [] }), text)

describe('S39 sensitive words', () => {
  it('say where, which, why and what instead', () => {
    expect(scan(screener, '这是最优惠的').hits).toEqual([{ start: 2, end: 5, category: 'advertising', severity: 'review', word: '最优惠', reason: 'word', proposal: '优惠' }])
  })
  it.each([
    ['线上赌 博平台', '线上赌 博'], ['du博', 'du博'], ['赌bo', '赌bo'], ['堵博', '堵博'], ['贝者博', '贝者博'], ['jia wo wei xin', 'jia wo wei xin'], ['代开發piao', '代开發piao'], ['女票娼', '女票娼'],
  ])('disguised: %s', (text, span) => {
    expect(found(text).map(([part]) => part)).toContain(span)
    expect(scan(screener, text).verdict).toBe('block')
  })
  it('sound, shape and parts only where an entry asks for it', () => {
    for (const text of ['堵博', '赌bo', '贝者博']) expect(only({}, text).verdict).toBe('pass')
    expect(only({ disguises: ['pinyin'] }, '赌bo').hits[0]?.reason).toBe('word.pinyin')
    expect(only({ disguises: ['pinyin'] }, '贝者博').verdict).toBe('pass')
    expect(only({ disguises: ['split'] }, '贝者博').hits[0]?.reason).toBe('word.split')
  })
  it.each(['单位信息', '天色晴朗', '角色情感', '消毒，品牌', '病毒品种', '我要读博', '企业微信', '请勿私下转账', 'women change', '快三点了', '新时代开创'])('ordinary: %s', (text) => {
    expect(scan(screener, text)).toEqual({ verdict: 'pass', hits: [] })
  })
  it('an allowed phrase lets pass only what stands in it', () => {
    expect(scan(screener, '拒绝毒品').verdict).toBe('pass')
    expect(scan(screener, '拒绝毒品？来买毒品').hits).toHaveLength(1)
  })
  it('letters and digits are not cut out of longer ones', () => {
    expect(only({ word: 'vx' }, 'vxlan').verdict).toBe('pass')
    expect(only({ word: 'vx' }, '加vx123').verdict).toBe('block')
    expect(only({ word: '918' }, '19181').verdict).toBe('pass')
  })
  it('what stops a text is found and listed behind any number of warnings', () => {
    const entries: WordEntry[] = [{ word: '优惠', kind: 'warn', category: 'advertising', disguises: [], note: '' }, { word: '赌博', kind: 'block', category: 'gambling', disguises: [], note: '' }]
    const { verdict, hits } = scan(createScreener({ entries, hosts: [], blockedHosts: [] }), `${'优惠。'.repeat(250)}赌博`)
    expect([verdict, hits.length, hits.at(-1)?.word]).toEqual(['block', 200, '赌博'])
  })
  it('a warning does not stop a text', () => {
    expect(only({ kind: 'warn' }, '赌博')).toMatchObject({ verdict: 'pass', hits: [{ severity: 'warn' }] })
  })
})

describe('S39 links', () => {
  it.each([
    ['看http://bad.cn/x。谢谢', 'link.blocked'], ['看www.bad.cn', 'link.blocked'], ['搜abc点com', 'link.disguised'], ['搜abc。cn', 'link.disguised'], ['ｈｔｔｐ：／／ａｂｃ．ｃｏｍ', 'link.disguised'],
    ['http://0x7f000001/', 'link.address'], ['http://2130706433/a', 'link.address'], ['http://0177.0.0.1/', 'link.address'], ['http://10.1.2.3:8080/x', 'link.address'],
    ['https://shop.example.com@evil.cn/', 'link.userinfo'], ['https://dwz.cn/a1', 'link.short'], ['https://shop.example.com/go?u=http%3A%2F%2Fevil.cn', 'link.redirect'], ['https://shop.example.com/?n=//evil.cn', 'link.redirect'],
    ['https://sh0p.example.com/', 'link.lookalike'], ['https://shop.example.com.evil.cn/', 'link.lookalike'], ['http://tаobao.com', 'link.disguised'], ['javascript:alert(1)', 'link.scheme'], ['weixin://dl/chat', 'link.scheme'],
  ])('%s', (text, reason) => {
    expect(scan(screener, text)).toMatchObject({ verdict: 'block', hits: [{ reason, category: 'link' }] })
  })
  it('a host that nobody listed waits for a person; allowed hosts, addresses of mail and numbers pass', () => {
    expect(scan(screener, '官网 unknown-shop.cn')).toMatchObject({ verdict: 'review', hits: [{ reason: 'link.unknown', word: 'unknown-shop.cn', start: 3, end: 18 }] })
    for (const text of ['https://shop.example.com/p/1?x=2', 'https://img.shop.example.com/a', '发到a@unknown.cn', '版本1.2.3', '共12.50元', 'https://shop.example.com/?u=https%3A%2F%2Fshop.example.com%2Fa']) expect(scan(screener, text).hits, text).toEqual([])
  })
})

describe('S39 personal data and typos', () => {
  it.each(['13812345678', '138 1234 5678', '１３８１２３４５６７８', '一三八一二三四五六七八', '①③⑧①②③④⑤⑥⑦⑧', '+86 138-1234-5678', '11010119900307451', '6222600260001072444'])('%s', (number) => {
    const id = number === '11010119900307451' ? `${number}${'10X98765432'.charAt([...number].reduce((sum, digit, place) => sum + Number(digit) * ([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2][place] ?? 0), 0) % 11)}` : number
    const { verdict, hits } = scan(screener, `号码${id}，`)
    expect(verdict).toBe('block')
    expect(hits[0]).toMatchObject({ category: 'personal', start: number.startsWith('+') ? 3 : 2, end: 2 + id.length })
    expect(JSON.stringify(hits)).not.toContain(id.slice(-4))
  })
  it.each(['订单13812345678', '400-820-8820', '20261125000183', '110101199013074514', '6222600260001072445', '138****1234'])('not %s', (number) => {
    expect(scan(screener, `号${number}`).hits).toEqual([])
  })
  it('a typo comes with the right word, not inside a right one', () => {
    expect(scan(screener, '请按装好')).toMatchObject({ verdict: 'review', hits: [{ start: 1, end: 3, reason: 'typo', proposal: '安装' }] })
    for (const text of ['所以经常来', '现在见面', '蚊帐号码', '自己经营']) expect(scan(screener, text).hits, text).toEqual([])
  })
})
