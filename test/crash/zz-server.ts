import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js'
import Sqlite from 'better-sqlite3'
const stats = new Map<string, { n: number, ms: number }>()
const proto = Object.getPrototypeOf(new Sqlite(':memory:').prepare('select 1'))
for (const name of ['run', 'all', 'get'] as const) {
  const original = proto[name]
  proto[name] = function (...args: unknown[]) {
    const t = performance.now()
    try { return original.apply(this, args) } finally {
      const key = String(this.source).replace(/\s+/g, ' ').replace(/"/g, '').slice(0, 50) + ' … ' + (/(WHERE|where).*$/.exec(String(this.source))?.[0] ?? '').slice(0, 120)
      const s = stats.get(key) ?? { n: 0, ms: 0 }; s.n += 1; s.ms += performance.now() - t; stats.set(key, s)
    }
  }
}
void BetterSqlite3QueryRunner
process.on('SIGINT', () => {
  for (const [key, s] of [...stats].sort((a, b) => b[1].ms - a[1].ms).slice(0, 25)) console.error(s.n, s.ms.toFixed(0), (s.ms / s.n).toFixed(3), key)
})
await import('./support/quick-server.ts')
