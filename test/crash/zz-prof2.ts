import { generateCompany } from '../company/generate.ts'
import { setStage } from './support/stage.ts'
import { startTraffic } from './support/traffic.ts'
import { untilQuiet } from './support/proof.ts'
import { bundle, freePort, startProcess } from './support/server-process.ts'
const stage = await setStage({ company: generateCompany({ customers: 300, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: (process.argv[2] ?? 'sqlite') as 'sqlite', simulator: { callbacks: { retryDelayMs: 800 } } })
const program = await bundle('test/crash/support/quick-server.ts')
const port = await freePort()
import { spawn } from 'node:child_process'
const server = spawn(process.execPath, ['--import', 'tsx', 'test/crash/zz-server.ts'], { env: { ...process.env, ...stage.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] })
await new Promise<void>((resolve) => server.stdout.on('data', (t) => { if (String(t).includes('listening')) resolve() }))
stage.simulator.connect({ callbackUrl: `http://127.0.0.1:${port}/wecom/callback` })
let t = performance.now()
const sent = await startTraffic({ simulator: stage.simulator, clock: stage.clock, events: 2000, senders: 20, entranceStates: stage.entrances.map((one) => one.state) }).done
console.log('sent', performance.now() - t)
await untilQuiet(stage.test.database, 100000)
console.log('quiet', performance.now() - t, process.cpuUsage())
server.kill('SIGINT')
await new Promise((r) => server.once('exit', r))
await stage.stop()
program.remove()
