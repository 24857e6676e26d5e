import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { build } from 'rolldown'

const root = join(import.meta.dirname, '..', '..', '..')

export interface Bundle {
  readonly file: string
  remove(): void
}

/** Bundles a program as `npm run build` bundles the server; below `node_modules`, so that packages are found. */
export async function bundle(entry: string): Promise<Bundle> {
  const dir = join(root, 'node_modules', '.cache', 'wecom-scrm', `crash-${randomBytes(6).toString('hex')}`)
  await build({
    input: { program: join(root, entry) }, platform: 'node', external: (id) => !/^[./#]/.test(id), logLevel: 'silent',
    output: { dir, format: 'esm', entryFileNames: '[name].js' },
  })
  return { file: join(dir, 'program.js'), remove: () => rmSync(dir, { recursive: true, force: true }) }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ServerProcess {
  readonly pid: number
  /** Resolves when it answers requests; rejects with its output when it ends before. */
  readonly listening: Promise<void>
  readonly ended: Promise<Ended>
  /** What it wrote, both streams. */
  output(): string
  kill(signal: NodeJS.Signals): void
}

/** Everything the process needs stands in `env`: nothing of ours leaks into it. */
export function startProcess(file: string, env: Readonly<Record<string, string>>, options: { cwd?: string } = {}): ServerProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    cwd: options.cwd ?? root, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.once('close', () => process.off('exit', killWithUs))
  let output = ''
  let announce = (): void => undefined
  const announced = new Promise<void>((resolve) => { announce = resolve })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-40_000)
      if (output.includes('server is listening')) announce()
    })
  }
  const ended = new Promise<Ended>((resolve) => { child.once('close', (code, signal) => resolve({ code, signal })) })
  const listening = Promise.race([announced, ended.then(({ code }) => Promise.reject(new Error(`the server ended with ${code}:\n${output}`)))])
  listening.catch(() => undefined)
  return { pid: child.pid ?? 0, listening, ended, output: () => output, kill: (signal) => void child.kill(signal) }
}

/** A port that nobody has right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
