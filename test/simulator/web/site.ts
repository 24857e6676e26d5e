import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import QRCode from 'qrcode'
import type { ApiFaults } from '../api-faults.ts'
import type { Controls } from '../controls/index.ts'
import type { Core } from '../core.ts'
import { answerControl } from './control-api.ts'
import { redirect } from './http.ts'
import { answerOauth } from './oauth-pages.ts'

/** What the simulator's own pages work with. */
export interface Site {
  readonly core: Core
  readonly controls: Controls
  readonly faults: ApiFaults
  trustedDomain(): string
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml',
}

/** Answers the simulator's pages, its control API and the two sign-in pages; false for everything else. */
export async function answerSite(site: Site, request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
  if (url.pathname === '/connect/oauth2/authorize' || url.pathname === '/wwlogin/sso/login') {
    answerOauth(site, request, response, url)
    return true
  }
  if (url.pathname === '/__simulator') {
    redirect(response, '/__simulator/')
    return true
  }
  if (!url.pathname.startsWith('/__simulator/')) return false
  const path = url.pathname.slice('/__simulator/'.length)
  if (path.startsWith('api/')) await answerControl(site, request, response, url, path.slice('api/'.length))
  else if (path.startsWith('qr/')) await answerCode(site, response, path)
  else if (path.startsWith('img/')) answerImage(site, response, path.slice('img/'.length))
  else await answerFile(response, path === '' ? 'index.html' : path)
  return true
}

/** A contact way's code; scanning it with the page means opening the page with this address. */
async function answerCode(site: Site, response: ServerResponse, path: string): Promise<void> {
  const id = /^qr\/([0-9a-f]{32})\.png$/.exec(path)?.[1]
  if (id === undefined || !site.core.state.contactWays.has(id)) return void response.writeHead(404).end()
  const picture = await QRCode.toBuffer(`${site.core.origin()}/__simulator/?scan=${id}`, { width: 300, margin: 2 })
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length })
  response.end(picture)
}

function answerImage(site: Site, response: ServerResponse, id: string): void {
  const media = site.core.state.media.get(id)
  if (media === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': media.contentType }).end(media.bytes)
}

async function answerFile(response: ServerResponse, path: string): Promise<void> {
  const match = /^[a-z-]+\.(html|css|js|svg)$/.exec(path)
  const file = match === null ? null : await readFile(new URL(`../page/${path}`, import.meta.url)).catch(() => null)
  if (file === null) return void response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': types[match?.[1] ?? ''] ?? 'text/plain', 'cache-control': 'no-store',
    'content-security-policy': "default-src 'self'; img-src 'self' data: https:; frame-src 'self'; frame-ancestors 'self'",
  })
  response.end(file)
}
