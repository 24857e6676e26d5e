import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { randomText } from '../ids.ts'
import { CookieJar } from './cookie-jar.ts'
import { cookiesOf, readBody } from './http.ts'
import { injectScript } from './inject.ts'
import { answerSite } from './site.ts'
import type { Site } from './site.ts'

const wecomAgent = 'wxwork/4.1.0 MicroMessenger/7.0.1'
/** Hop-by-hop headers, which a proxy must not pass on. */
const ownHeaders = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * WeCom's browser as a reverse proxy in front of our server: adds the bridge script to pages, and keeps each staff
 * member's cookies apart, so that choosing another person in the page is signing in as another person.
 */
export class Webview {
  readonly #site: Site
  readonly #jars = new Map<string, CookieJar>()
  #target: URL

  constructor(site: Site, target: string) {
    this.#site = site
    this.#target = new URL(target)
  }

  pointAt(target: string): void {
    this.#target = new URL(target)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#site.core.origin())
    const visitor = this.#visitor(request, response)
    const chosen = url.searchParams.get('sim_staff')
    // somebody who signs in on the list of staff keeps the cookies of the sign-in that he began
    if (chosen !== null && visitor.startsWith('visitor:')) this.#jar(visitor).moveTo(this.#jar(chosen))
    if (await answerSite(this.#site, request, response, url)) return
    await this.#forward(request, response, url, this.#jar(visitor))
  }

  /** The chosen staff member, or a random name for a browser that has not chosen. */
  #visitor(request: IncomingMessage, response: ServerResponse): string {
    const cookies = cookiesOf(request)
    const staff = cookies.get('sim_staff') ?? ''
    if (staff !== '') return staff
    const known = cookies.get('sim_browser')
    const browser = known ?? randomText(20)
    if (known === undefined) response.appendHeader('set-cookie', `sim_browser=${browser}; Path=/; SameSite=Lax; HttpOnly`)
    return `visitor:${browser}`
  }

  #jar(name: string): CookieJar {
    const jar = this.#jars.get(name) ?? new CookieJar()
    this.#jars.set(name, jar)
    return jar
  }

  #forward(request: IncomingMessage, response: ServerResponse, url: URL, jar: CookieJar): Promise<void> {
    return new Promise((resolve) => {
      const upstream = httpRequest({
        host: this.#target.hostname, port: this.#target.port, method: request.method, path: url.pathname + url.search,
        headers: this.#requestHeaders(request, jar.header(url.pathname, Date.now())),
      })
      upstream.on('response', (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) jar.store(cookie, url.pathname, Date.now())
        passOn(request, answer, response).then(resolve, () => {
          response.destroy()
          resolve()
        })
      })
      upstream.on('error', () => {
        if (response.headersSent) response.destroy()
        else response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end('服务器没有回应')
        resolve()
      })
      response.on('close', () => upstream.destroy())
      request.pipe(upstream)
    })
  }

  #requestHeaders(request: IncomingMessage, cookie: string | undefined): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = withoutOwn(request.headers)
    delete headers.cookie
    if (cookie !== undefined) headers.cookie = cookie
    // pages are changed on their way, so they have to come uncompressed
    if ((request.headers.accept ?? '').includes('text/html')) delete headers['accept-encoding']
    headers.host = new URL(this.#site.core.origin()).host
    headers['user-agent'] = `${request.headers['user-agent'] ?? 'Mozilla/5.0'} ${wecomAgent}`
    headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
    headers['x-forwarded-proto'] = 'http'
    return headers
  }
}

function withoutOwn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)))
}

/** Streams everything but pages, which get the script. */
async function passOn(request: IncomingMessage, answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers: OutgoingHttpHeaders = withoutOwn(answer.headers)
  delete headers['set-cookie']
  const isPage = (answer.headers['content-type'] ?? '').includes('text/html')
  if (!isPage || answer.statusCode === 304 || request.method === 'HEAD') {
    response.writeHead(answer.statusCode ?? 502, headers)
    return new Promise((resolve) => { pipeline(answer, response, () => resolve()) })
  }
  const html = injectScript(unpack(await readBody(answer), String(answer.headers['content-encoding'] ?? '')))
  for (const name of ['content-length', 'content-encoding', 'etag']) delete headers[name]
  const bytes = Buffer.from(html)
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': bytes.length })
  response.end(bytes)
}

function unpack(body: Buffer, encoding: string): string {
  if (encoding === 'gzip') return gunzipSync(body).toString('utf8')
  if (encoding === 'br') return brotliDecompressSync(body).toString('utf8')
  if (encoding === 'deflate') return inflateSync(body).toString('utf8')
  return body.toString('utf8')
}
