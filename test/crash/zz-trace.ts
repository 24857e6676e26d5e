import { generateCompany } from '../company/generate.ts'
import { setStage } from './support/stage.ts'
import { startTraffic } from './support/traffic.ts'
import { untilQuiet, countQueues } from './support/proof.ts'
import { bundle, freePort, startProcess } from './support/server-process.ts'
const stage = await setStage({ company: generateCompany({ customers: 300, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: (process.argv[2] ?? 'mysql') as 'sqlite', simulator: { callbacks: { retryDelayMs: 800 } } })
const program = await bundle('test/crash/support/quick-server.ts')
const port = await freePort()
const server = startProcess(program.file, { ...stage.env, PORT: String(port), LOG_LEVEL: 'info' })
await server.listening
stage.simulator.connect({ callbackUrl: `http://127.0.0.1:${port}/wecom/callback` })
let t = performance.now()
const traffic = startTraffic({ simulator: stage.simulator, clock: stage.clock, events: Number(process.argv[3] ?? 2000), senders: 20, entranceStates: stage.entrances.map((one) => one.state) })
const timer = setInterval(async () => console.log(Math.round(performance.now() - t), traffic.answered(), JSON.stringify(await countQueues(stage.test.database))), 2000)
await traffic.done
console.log('sent', performance.now() - t)
await untilQuiet(stage.test.database, 100000).catch((e) => console.log(String(e)))
console.log('quiet', performance.now() - t, process.cpuUsage())
clearInterval(timer)
server.kill('SIGKILL')
await server.ended
const lines = server.output().split('\n').filter((l) => !l.includes('"level":30'))
console.log(lines.length, lines.slice(-15).join('\n'))
await stage.stop()
program.remove()
