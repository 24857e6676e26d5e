import { writeFile } from 'node:fs/promises'
import { starterEntries } from '../../server/screening/index.ts'
import { lookAlikeGroups } from '../../server/screening/tables/look-alikes.ts'
import { ordinaryPairs } from '../../server/screening/tables/ordinary-pairs.ts'
import { readings } from '../../server/screening/tables/readings.ts'
import { splitCharacters } from '../../server/screening/tables/split-characters.ts'
import { traditionalPairs } from '../../server/screening/tables/traditional.ts'
import { Random } from '../bench/access/random.ts'
import { cleanFillers, cleanTemplates, lookingDangerous } from './set/clean.ts'
import { carriers, combining, hosts, ownSeparators, riskyLinks, typoSentences, zeroWidths } from './set/risky.ts'

/**
 * Writes the labelled set: `node --import tsx test/screening/build-set.ts`. The held-out half is made of other words, carriers and hosts
 * with another seed; the product was changed by looking at the first half only.
 */
export interface Labelled {
  readonly text: string
  readonly label: 'risky' | 'clean'
  readonly technique: string
}

const common = new Set(ordinaryPairs.replaceAll(' ', ''))
const soundsOf = new Map<string, string[]>()
const pinyinOf = new Map<string, string>()
for (const piece of readings.split(' ')) {
  const syllable = /^[a-z]+/.exec(piece)?.[0] ?? ''
  const characters = [...piece.slice(syllable.length)].filter((one) => common.has(one))
  for (const one of characters) {
    if (!pinyinOf.has(one)) pinyinOf.set(one, syllable)
    soundsOf.set(one, [...soundsOf.get(one) ?? [], ...characters.filter((other) => other !== one)])
  }
}
const traditionalOf = new Map(Array.from({ length: traditionalPairs.length / 2 }, (_, pair): [string, string] => [traditionalPairs.charAt(pair * 2 + 1), traditionalPairs.charAt(pair * 2)]))
const splitOf = new Map([...splitCharacters].reverse().map((one): [string, string] => [one.charAt(0), one.slice(1)]))
const alikeOf = new Map(lookAlikeGroups.flatMap((group) => [...group].map((one): [string, string[]] => [one, [...group].filter((other) => other !== one)])))
const isHan = (word: string) => /^[\u4e00-\u9fff]+$/.test(word)
const numerals: Readonly<Record<string, string>> = { 零: '0', 一: '1', 二: '2', 三: '3', 四: '4', 五: '5', 六: '6', 七: '7', 八: '8', 九: '9' }
const circled = (digit: string) => (digit === '0' ? '⓪' : String.fromCharCode(0x2460 + Number(digit) - 1))
const wide = (text: string) => [...text].map((one) => (one > ' ' && one <= '~' ? String.fromCharCode(one.charCodeAt(0) + 0xfee0) : one)).join('')
const cyrillic: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', x: 'х', v: 'ѵ', w: 'ԝ', q: 'ԛ' }

/** One character of the word replaced by one of `options`, if any has such. */
function substitute(random: Random, word: string, options: ReadonlyMap<string, readonly string[]>): string | null {
  const places = [...word].flatMap((one, place) => ((options.get(one)?.length ?? 0) > 0 ? [place] : []))
  if (places.length === 0) return null
  const place = random.one(places)
  return word.slice(0, place) + random.one(options.get(word.charAt(place)) ?? []) + word.slice(place + 1)
}

type Technique = (random: Random, word: string) => string | null
const between = (random: Random, word: string, marks: readonly string[]) => { const mark = random.one(marks); return [...word].join(mark) }
const techniques: Readonly<Record<string, Technique>> = {
  plain: (_, word) => word,
  traditional: (_, word) => { const other = [...word].map((one) => traditionalOf.get(one) ?? one).join(''); return other === word ? null : other },
  'zero-width': (random, word) => between(random, word, zeroWidths),
  combining: (random, word) => between(random, word, combining) + random.one(combining),
  separators: (random, word) => between(random, word, ownSeparators),
  repeated: (random, word) => { const place = random.below(word.length); return word.slice(0, place + 1) + word.charAt(place).repeat(1 + random.below(3)) + word.slice(place + 1) },
  width: (_, word) => (/[!-~]/.test(word) ? wide(word) : null),
  case: (_, word) => (/[a-z]/i.test(word) ? [...word].map((one, place) => (place % 2 === 0 ? one.toUpperCase() : one.toLowerCase())).join('') : null),
  glyphs: (_, word) => { const other = [...word.toLowerCase()].map((one) => cyrillic[one] ?? one).join(''); return /[а-яѵԝԛ]/.test(other) ? other : null },
  digits: (random, word) => { const digits = [...word].map((one) => { const digit = numerals[one] ?? (/\d/.test(one) ? one : null); return digit === null ? one : random.one([digit, circled(digit), wide(digit)]) }).join(''); return digits === word ? null : digits },
  sound: (random, word) => (isHan(word) ? substitute(random, word, soundsOf) : null),
  pinyin: (random, word) => { if (!isHan(word)) return null; if (random.below(3) === 0) return [...word].map((one) => pinyinOf.get(one) ?? one).join(random.one(['', ' '])); const place = random.below(word.length); return word.slice(0, place) + (pinyinOf.get(word.charAt(place)) ?? word.charAt(place)) + word.slice(place + 1) },
  shape: (random, word) => (isHan(word) ? substitute(random, word, alikeOf) : null),
  split: (random, word) => (isHan(word) ? substitute(random, word, new Map([...splitOf].map(([one, parts]) => [one, [parts]]))) : null),
}

const code = (random: Random, letters = 'abcdefghkmnpqrstuvwxyz23456789') => Array.from({ length: 6 }, () => random.one([...letters])).join('')

function riskyLink(random: Random, text: string, host: string): string {
  const dot = random.one(['点', '點', '。', '(dot)', '[.]', '【.】'])
  return text.replaceAll('{host}', host).replaceAll('{wide}', wide(host)).replaceAll('{dian}', host.replace(/\./g, '点')).replaceAll('{space}', host.replace(/\./g, ' . ')).replaceAll('{bracket}', host.replace(/\./g, dot))
    .replaceAll('{ip}', `${11 + random.below(200)}.${random.below(255)}.${random.below(255)}.${1 + random.below(250)}`).replaceAll('{number}', random.one([`${700000000 + random.below(2000000000)}`, `0x${(700000000 + random.below(2000000000)).toString(16)}`, '0300.0250.01.05']))
    .replaceAll('{code}', code(random)).replaceAll('{puny}', '80ak6aa92e').replaceAll('{cyrillic}', random.one(['аррӏе', 'уаhоо', 'wеixin', 'tаobаo']))
}

function luhn(prefix: string): string {
  const sum = [...`${prefix}0`].reverse().reduce((total, digit, place) => { const value = Number(digit) * (place % 2 === 1 ? 2 : 1); return total + (value > 9 ? value - 9 : value) }, 0)
  return prefix + String((10 - (sum % 10)) % 10)
}

function identity(random: Random): string {
  const body = `${random.one(['110101', '310104', '440305', '510107'])}19${60 + random.below(40)}0${1 + random.below(9)}${10 + random.below(18)}${100 + random.below(900)}`
  const sum = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].reduce((total, weight, place) => total + weight * Number(body[place]), 0)
  return body + '10X98765432'.charAt(sum % 11)
}

function personalLine(random: Random): Labelled {
  const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join('')
  const [kind, number] = random.one<[string, string]>([['phone', `1${random.one([3, 5, 7, 8, 9])}${digits(9)}`], ['id', identity(random)], ['card', luhn(`622${digits(15)}`)], ['phone', `13${digits(9)}`]])
  const disguise = random.one(['plain', 'spaced', 'wide', 'chinese', 'circled', 'dashed'])
  const shown = disguise === 'plain' ? number : disguise === 'spaced' ? number.replace(/(.{3,4})(?=.)/g, '$1 ') : disguise === 'wide' ? wide(number) : disguise === 'dashed' ? number.replace(/(.{4})(?=.)/g, '$1-')
    : [...number].map((digit) => (/\d/.test(digit) ? disguise === 'chinese' ? '零一二三四五六七八九'.charAt(Number(digit)) : circled(digit) : digit)).join('')
  return { text: random.one(['王先生的联系方式是{n}，记一下', '{n}这是他的，你打过去', '客户资料：{n}', '转到{n}就可以']).replace('{n}', shown), label: 'risky', technique: `personal.${kind}` }
}

function half(seed: number, part: 'seen' | 'heldOut'): Labelled[] {
  const random = new Random(seed)
  const words = starterEntries.filter((entry) => entry.kind === 'block' || entry.kind === 'review').map((entry) => entry.word).filter((word) => word.length >= 2).filter((_, place) => (place % 2 === 0) === (part === 'seen'))
  const lines: Labelled[] = []
  for (const [technique, disguise] of Object.entries(techniques)) {
    for (let tries = 0, made = 0; made < 50 && tries < 2000; tries += 1) {
      const shown = disguise(random, random.one(words))
      if (shown === null) continue
      lines.push({ text: random.one(carriers[part]).replace('{word}', shown), label: 'risky', technique })
      made += 1
    }
  }
  for (const [technique, texts] of Object.entries(riskyLinks)) for (let made = 0; made < 15; made += 1) lines.push({ text: riskyLink(random, random.one(texts), random.one(hosts[part])), label: 'risky', technique })
  for (let made = 0; made < 60; made += 1) lines.push(personalLine(random))
  for (const [place, text] of typoSentences.entries()) if ((place % 2 === 0) === (part === 'seen')) lines.push({ text, label: 'risky', technique: 'typo' })
  const fill = (template: string) => template.replace(/\{(\w+)\}/g, (_, name: string) => random.one(cleanFillers[name] ?? ['']))
  for (let made = 0; made < 300; made += 1) lines.push({ text: fill(random.one(cleanTemplates)), label: 'clean', technique: 'ordinary' })
  for (const [place, text] of lookingDangerous.entries()) if ((place % 2 === 0) === (part === 'seen')) lines.push({ text, label: 'clean', technique: 'looks-dangerous' })
  return lines
}

export const labelledSet = (): Readonly<Record<'seen' | 'held-out', Labelled[]>> => ({ seen: half(17, 'seen'), 'held-out': half(29, 'heldOut') })

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [name, lines] of Object.entries(labelledSet())) await writeFile(new URL(`set/${name}.jsonl`, import.meta.url), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
