import type { IncomingMessage } from 'node:http'
import { ProjectError } from '../errors.ts'

function tooLarge(): ProjectError {
  // the rest of the body is not read, so the connection cannot be used again
  return new ProjectError('request.too_large', 413, {}, { headers: { connection: 'close' } })
}

/** The connection ended before the body did: nobody is there to hear the answer. */
function rejectIfCut(request: IncomingMessage, reject: (error: ProjectError) => void): void {
  if (!request.complete) reject(new ProjectError('callback.bad_request', 400, { place: 'body' }))
}

/** The raw body. Refuses by the announced length before reading, and by the real one while reading. */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const announced = request.headers['content-length']
  if (announced !== undefined && Number(announced) > mostBytes) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostBytes) chunks.push(chunk)
      else if (!request.isPaused()) {
        request.pause()
        reject(tooLarge())
      }
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', () => rejectIfCut(request, reject))
    request.on('close', () => rejectIfCut(request, reject))
  })
}
