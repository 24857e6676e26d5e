import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

/** JSON lines on standard output. Callers log ids, kinds and codes; the paths below are a second wall. */
export function createLog(level: Config['logLevel']): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['mobile', 'phone', 'email', 'address', 'token', 'secret', 'cookie', 'authorization', 'text', 'content', 'password']
        .flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[hidden]',
    },
  })
}
