import { existsSync, readdirSync } from 'node:fs'

/**
 * `npm run bench -- NAME [options]` runs `test/bench/NAME.ts`, which exports `bench(args)` and returns its metrics.
 * The last line printed is one JSON object `{"bench": NAME, "metrics": {…}}`.
 */
const [name = '', ...args] = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const names = readdirSync(here).filter((file) => /^[a-z]+\.ts$/.test(file) && file !== 'main.ts').map((file) => file.slice(0, -3))

interface BenchModule {
  readonly bench: (args: readonly string[]) => Promise<Readonly<Record<string, unknown>>>
}

function isBench(module: unknown): module is BenchModule {
  return typeof module === 'object' && module !== null && 'bench' in module && typeof module.bench === 'function'
}

if (!names.includes(name) || !existsSync(new URL(`${name}.ts`, here))) {
  console.error(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`)
  process.exitCode = 1
} else {
  const module: unknown = await import(new URL(`${name}.ts`, here).href)
  if (!isBench(module)) throw new Error(`test/bench/${name}.ts exports no bench`)
  const metrics = await module.bench(args)
  console.log(JSON.stringify({ bench: name, metrics }))
  process.exit()
}
