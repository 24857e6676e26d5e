import { readFile, writeFile } from 'node:fs/promises'
import { pinyin } from 'pinyin-pro'

/**
 * Writes the character tables of `server/screening/tables` from the dictionaries of opencc-js and pinyin-pro, which are needed for
 * nothing else: loading both takes half a second and tens of megabytes, the tables a few milliseconds.
 * `node --import tsx test/screening/build-tables.ts [dict.txt of @node-rs/jieba]`; a test holds the files to this.
 */
const dictionaries = new URL('../../node_modules/', import.meta.url)

async function pairsOf(path: string): Promise<[string, string][]> {
  const module: { default: string } = await import(new URL(path, dictionaries).href)
  return module.default.split('|').map((pair): [string, string] => {
    const [key = '', value = ''] = pair.split(' ')
    return [key, value]
  })
}

const han = /^[\u4e00-\u9fff]$/

/** Traditional and simplified characters in turn. */
export async function traditionalTable(): Promise<string> {
  const pairs = await pairsOf('opencc-js/dist/esm-lib/dict/TSCharacters.js')
  return pairs.filter(([from, to]) => han.test(from) && han.test(to) && from !== to).map((pair) => pair.join('')).sort().join('')
}

/** `syllable` and its characters, one syllable a piece, without tones; a character with several readings stands under each. */
export function readingTable(): string {
  const bySyllable = new Map<string, string>()
  for (let code = 0x4e00; code <= 0x9fa5; code += 1) {
    const character = String.fromCharCode(code)
    const readings: string[] = pinyin(character, { toneType: 'none', multiple: true, type: 'array', v: true })
    for (const reading of new Set(readings)) {
      if (/^[a-z]{1,6}$/.test(reading)) bySyllable.set(reading, (bySyllable.get(reading) ?? '') + character)
    }
  }
  return [...bySyllable].sort(([one], [other]) => (one < other ? -1 : 1)).map(([syllable, characters]) => syllable + characters).join(' ')
}

/** Words of two characters that are written more often than this in the dictionary's corpus are ordinary. */
const oftenEnough = 5

/** From a dictionary with a word and its frequency a line (jieba's `dict.txt`, MIT): the first character and all its second ones, one group a piece. */
export function pairTable(dictionary: string): string {
  const byFirst = new Map<string, Set<string>>()
  for (const line of dictionary.split('\n')) {
    const [word = '', frequency = '0'] = line.split(' ')
    const [first = '', second = '', ...more] = word
    if (more.length > 0 || !han.test(first) || !han.test(second) || Number(frequency) < oftenEnough) continue
    byFirst.set(first, (byFirst.get(first) ?? new Set()).add(second))
  }
  return [...byFirst].map(([first, seconds]) => first + [...seconds].sort().join('')).sort().join(' ')
}

const head = (what: string) => `/** ${what} Written by test/screening/build-tables.ts. */\n`

export async function tableFiles(): Promise<Readonly<Record<string, string>>> {
  return {
    'traditional.ts': `${head('Traditional and simplified characters in turn.')}export const traditionalPairs = '${await traditionalTable()}'\n`,
    'readings.ts': `${head('Syllables without tones, each followed by the characters that are read so.')}export const readings = '${readingTable()}'\n`,
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const folder = new URL('../../server/screening/tables/', import.meta.url)
  for (const [name, content] of Object.entries(await tableFiles())) await writeFile(new URL(name, folder), content)
  const [dictionary] = process.argv.slice(2)
  if (dictionary !== undefined) {
    const table = pairTable(await readFile(dictionary, 'utf8'))
    await writeFile(new URL('ordinary-pairs.ts', folder), `${head('Ordinary words of two characters: the first, then every second one. From the frequencies of jieba\'s dictionary (MIT licence).')}export const ordinaryPairs = '${table}'\n`)
  }
}
