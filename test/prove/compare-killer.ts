import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Copy } from './copy.ts'

/** Longer than the slowest company takes; whatever says nothing for so long hangs. */
const patienceMs = 60_000

/** Who noticed which mutant. */
export type Killed = Map<number, string>

export interface Companies {
  readonly from: number
  readonly to: number
}

/**
 * Compares decisions, rows, fields and the reference over random companies on SQLite in memory, each mutant up to the first that
 * differs. One process tries them one after another; one that hangs is ended, and the rest goes on in another.
 */
export async function killByComparing(copy: Copy, ids: readonly number[], companies: Companies, killed: Killed): Promise<void> {
  const alone = (id: number) => copy.mutants[id]?.atLoad === true
  await tryTogether(copy.folder, ids.filter((id) => !alone(id)), companies, killed)
  for (const id of ids.filter(alone)) await tryTogether(copy.folder, [id], companies, killed, { MUTANT: String(id) })
}

async function tryTogether(folder: string, ids: readonly number[], companies: Companies, killed: Killed, env: Readonly<Record<string, string>> = {}): Promise<void> {
  let left = [...ids]
  while (left.length > 0) {
    const done = await tryInProcess(folder, left, companies, killed, env)
    const [hanging, ...rest] = left.slice(done)
    if (hanging !== undefined) killed.set(hanging, 'ends the process, or never ends')
    left = rest
  }
}

function tryInProcess(folder: string, ids: readonly number[], { from, to }: Companies, killed: Killed, env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/prove/kill.ts', ids.join(), String(from), String(to)], { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve) => {
    let done = 0
    let timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(timer)
      timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      const answer = /^MUTANT (\d+) (.*)$/.exec(line)
      if (answer === null) return
      done += 1
      if (answer[2] !== 'survives') killed.set(Number(answer[1]), answer[2] ?? '')
    })
    child.on('close', () => {
      clearTimeout(timer)
      resolve(done)
    })
  })
}
