import { request } from 'node:http'

/** One request exactly as written: no path is tidied up and no header is refused on the way out, as `fetch` would. */
export function rawRequest(url: string, options: { readonly method?: string; readonly path: string; readonly headers?: Record<string, string | string[]>; readonly body?: string | Buffer }): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method: options.method ?? 'GET', path: options.path, headers: options.headers ?? {} }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}
