import 'dotenv/config'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { cac } from 'cac'
import { z } from 'zod'
import { createScreener, evaluate, LabelledLine, readWordFile, scan, type Screener, type WordEntry, writeWordFile } from '../screening/index.ts'
import { activeDocument } from './active-words.ts'
import { runCommand } from './run-command.ts'

/**
 * `npm run screening:scan`, `screening:words`, `screening:eval -- FILE`: the same scan as the server's, with the list in force (the starter
 * list where no database is). Exit code 0: done; 2: something could not be read, named on standard error.
 */
const cli = cac('screening')

// Whoever reads may stop reading (`| head`): no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

function fail(message: string): void {
  console.error(message)
  process.exitCode = 2
}

const linesOf = (input: NodeJS.ReadableStream): AsyncIterable<string> => createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })

/** Every file that was given with an option; one without its value must not pass for one that was left out. */
function valuesOf(option: unknown, name: string): string[] {
  return (Array.isArray(option) ? option : option === undefined ? [] : [option]).map((value) => {
    if (typeof value !== 'string' || value === '') throw new Error(`--${name} needs a value`)
    return value
  })
}

async function wordsOf(file: string): Promise<WordEntry[] | null> {
  const { entries, problems, bad } = await readWordFile(linesOf(createReadStream(file, 'utf8')))
  for (const { line, problem } of problems) fail(`${file}:${line}: ${problem}`)
  if (bad > problems.length) fail(`${file}: ${bad - problems.length} more bad lines`)
  return bad === 0 ? entries : null
}

async function prepare(options: { readonly words?: unknown, readonly hosts?: unknown }): Promise<Screener | null> {
  const active = await activeDocument(process.env)
  const entries = [...active.entries]
  for (const file of valuesOf(options.words, 'words')) {
    const added = await wordsOf(file)
    if (added === null) return null
    for (const entry of added) entries.push(entry)
  }
  const hosts = valuesOf(options.hosts, 'hosts').flatMap((list) => list.split(',')).filter((host) => host.trim() !== '')
  return createScreener({ entries, hosts: [...active.hosts, ...hosts], blockedHosts: active.blockedHosts })
}

/** Any failure here is bad input or usage. */
async function orExplain(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    fail(error instanceof Error ? error.message : 'unexpected error')
  }
}

const Asked = z.object({ id: z.union([z.string(), z.number()]), text: z.string() })

function parsed<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

cli.command('scan', 'reads {id, text} a line from standard input, writes {id, verdict, hits} a line')
  .option('--words <file>', 'a word list in addition')
  .option('--hosts <hosts>', 'allowed hosts, separated by commas')
  .action((options: { words?: unknown, hosts?: unknown }) => orExplain(async () => {
    const screener = await prepare(options)
    if (screener === null) return
    let number = 0
    for await (const line of linesOf(process.stdin)) {
      number += 1
      if (line.trim() === '') continue
      const asked = parsed(Asked, line)
      if (asked === null) {
        fail(`line ${number}: not a JSON object with id and text`)
        continue
      }
      const { verdict, hits } = scan(screener, asked.text)
      const answer = { id: asked.id, verdict, hits: hits.map(({ start, end, category, word, reason }) => ({ start, end, category, word, reason })) }
      if (!process.stdout.write(`${JSON.stringify(answer)}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  }))

cli.command('words', 'prints the list in force as CSV').action(() => orExplain(async () => {
  for (const line of writeWordFile((await activeDocument(process.env)).entries)) console.log(line)
}))

cli.command('eval <file>', 'recall per technique, false positives and microseconds a message on labelled lines {text, label, technique}')
  .option('--words <file>', 'a word list in addition')
  .option('--hosts <hosts>', 'allowed hosts, separated by commas')
  .option('--show', 'also prints the lines that were judged wrongly')
  .action((file: string, options: { words?: unknown, hosts?: unknown, show?: unknown }) => orExplain(async () => {
    const screener = await prepare(options)
    if (screener === null) return
    const lines: LabelledLine[] = []
    let number = 0
    for await (const line of linesOf(createReadStream(file, 'utf8'))) {
      number += 1
      if (line.trim() === '') continue
      const labelled = parsed(LabelledLine, line)
      if (labelled === null) return fail(`${file}:${number}: not a JSON object with text, label (risky or clean) and technique`)
      lines.push(labelled)
    }
    if (lines.length === 0) return fail(`${file}: holds no labelled line`)
    const quality = evaluate(screener, lines)
    const percent = (part: number, of: number) => `${of === 0 ? '–' : (part / of * 100).toFixed(2)} %`
    for (const { technique, lines: all, found } of quality.techniques) console.log(`${technique.padEnd(18)} ${String(found).padStart(5)} of ${String(all).padStart(5)}  ${percent(found, all)}`)
    console.log(`recall             ${percent(quality.recall * quality.risky, quality.risky)} of ${quality.risky} risky lines`)
    console.log(`false positives    ${percent(quality.blocked, quality.clean)} of ${quality.clean} clean lines blocked, ${quality.reviewed} to review`)
    console.log(`time               ${quality.microsPerMessage.toFixed(1)} µs a message`)
    if (options.show === true) for (const line of [...quality.missed, ...quality.falseAlarms]) console.log(JSON.stringify(line))
    console.log(JSON.stringify({ lines: lines.length, recall: quality.recall, falsePositiveRate: quality.clean === 0 ? 0 : quality.blocked / quality.clean, reviewed: quality.reviewed, microsPerMessage: quality.microsPerMessage, techniques: Object.fromEntries(quality.techniques.map((one) => [one.technique, one.found / one.lines])) }))
  }))
await runCommand(cli)
