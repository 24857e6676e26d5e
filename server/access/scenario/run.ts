import type { Database } from '../../database/database.ts'
import type { Company, ScenarioPolicy } from './company.ts'
import { realEngines, type Engines } from './engines.ts'
import { ScenarioFile } from './format.ts'
import { Moment, type Answer } from './moment.ts'
import { Names } from './names.ts'
import { readQuestions, type Question } from './questions.ts'
import { resolveCompany } from './resolve-company.ts'
import { RuleReader } from './resolve-rules.ts'
import { ScenarioInvalid, Source } from './source.ts'
import { writeCompany } from './write-company.ts'

/** A question whose answer is not the expected one, or that the two executions answer differently. */
export interface ScenarioDifference extends Answer {
  readonly line: number | null
  readonly question: string
}

export interface ScenarioResult {
  readonly about: string
  /** How many questions were asked of both executions, lists taken apart. */
  readonly questions: number
  readonly differences: readonly ScenarioDifference[]
}

export interface ScenarioOptions {
  /** Rules that take the place of the file's: a draft before it is published. */
  readonly policy?: ScenarioPolicy
  readonly engines?: Engines
}

/** Opens an empty, migrated SQLite database in memory, which the run closes. */
export type OpenScratch = () => Promise<Database>

/** A file that was read and whose names are known. */
export interface Scenario {
  readonly about: string
  readonly company: Company
  readonly questions: readonly Question[]
  readonly source: Source
}

/** Throws ScenarioInvalid with everything that is wrong with the file. */
export function readScenario(text: string, policy?: ScenarioPolicy): Scenario {
  const source = Source.read(text)
  const parsed = ScenarioFile.safeParse(source.value)
  if (!parsed.success) throw new ScenarioInvalid(source.problemsOf(parsed.error))
  const names = new Names(parsed.data, source, policy?.roles.map((one) => one.roleKey))
  const company = resolveCompany(parsed.data, names, policy)
  const questions = readQuestions(parsed.data, names, new RuleReader(names))
  if (names.problems.length > 0) throw new ScenarioInvalid(names.told())
  return { about: parsed.data.about, company, questions, source }
}

/**
 * Builds the company of a file in a database of its own and asks every question of `decide` and of `rowFilter`. Throws
 * ScenarioInvalid for a file that cannot be asked.
 */
export async function runScenario(text: string, open: OpenScratch, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = readScenario(text, options.policy)
  const database = await open()
  try {
    const stores = new Set(scenario.questions.flatMap((one) => ('asked' in one && one.asked.madeIn !== null ? [one.asked.madeIn] : [])))
    await database.transaction((work) => writeCompany(work, scenario.company, [...stores]))
    const differences: ScenarioDifference[] = []
    for (const [at, questions] of byInstant(scenario.questions)) {
      const moment = await Moment.open(database, scenario.company, at, options.engines ?? realEngines)
      for (const question of questions) {
        const found = await moment.answer(question)
        if (found !== null) differences.push({ line: scenario.source.lineOf(question.place), question: question.words, ...found })
      }
    }
    return { about: scenario.about, questions: scenario.questions.length, differences: differences.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
  } finally {
    await database.close()
  }
}

/** Earliest first: the clock of all access never goes back. */
function byInstant(questions: readonly Question[]): [number, Question[]][] {
  const groups = new Map<number, Question[]>()
  for (const question of questions) {
    const group = groups.get(question.at)
    if (group === undefined) groups.set(question.at, [question])
    else group.push(question)
  }
  return [...groups].sort(([a], [b]) => a - b)
}
