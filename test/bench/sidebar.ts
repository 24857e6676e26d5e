import type { CDPSession, Page } from 'playwright-core'
import { spawnSync } from 'node:child_process'
import { generateCompany } from '../company/generate.ts'
import { startChromium } from '../support/chromium.ts'
import { testApp, type TestApp } from '../support/test-app.ts'

const rounds = 7
const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

interface Visit {
  readonly visibleMs: number
  readonly bytes: number
  readonly requests: number
}

/**
 * The sidebar of the production build in Chromium at four times slower CPU: from navigation to the customer's name on screen,
 * with the bytes over the wire until then. A visit is one of a person who is signed in, with an empty cache.
 */
export async function bench(): Promise<Record<string, number>> {
  const built = spawnSync('npx', ['vite', 'build', '--logLevel', 'error'], { stdio: 'inherit' })
  if (built.status !== 0) throw new Error('the build failed')
  const company = generateCompany({ customers: 300, now: Date.now() })
  const customer = company.customers.find((one) => one.ownerUserid === 'clerk01' && one.follows.some((follow) => follow.userid === 'clerk01'))
  if (customer === undefined) throw new Error('the company has no customer of clerk01')
  const app = await testApp({ company })
  const browser = await startChromium()
  try {
    const visits: Visit[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const context = await browser.newContext({ viewport: { width: 400, height: 800 }, locale: 'zh-CN' })
      const page = await context.newPage()
      await openChat(page, app, 'clerk01', customer.externalUserId)
      await page.goto(`${app.config.publicUrl}/sidebar/`)
      await page.getByText(customer.name).first().waitFor()
      const visit = await measure(page, app, customer.name)
      // The first round warms up server and browser.
      if (round > 0) visits.push(visit)
      await context.close()
    }
    for (const visit of visits) console.log(`${visit.visibleMs.toFixed(0)} ms, ${(visit.bytes / 1024).toFixed(1)} KB, ${visit.requests} requests`)
    return {
      gzipKb: Math.round(median(visits.map((visit) => visit.bytes)) / 102.4) / 10,
      visibleMs: Math.round(median(visits.map((visit) => visit.visibleMs))),
      requests: median(visits.map((visit) => visit.requests)),
    }
  } finally {
    await browser.close()
    await app.stop()
  }
}

/** Chooses member and chat in the simulated WeCom, as its own page does. */
async function openChat(page: Page, app: TestApp, userid: string, externalUserId: string): Promise<void> {
  const host = new URL(app.config.publicUrl).hostname
  await page.context().addCookies([
    { name: 'sim_staff', value: userid, domain: host, path: '/' },
    { name: 'sim_chat', value: externalUserId, domain: host, path: '/' },
    { name: 'sim_entry', value: 'single_chat_tools', domain: host, path: '/' },
  ])
}

async function measure(page: Page, app: TestApp, name: string): Promise<Visit> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.clearBrowserCache')
  // The figure is named after gzip; browsers that speak brotli fetch about a tenth less.
  await session.send('Network.setExtraHTTPHeaders', { headers: { 'accept-encoding': 'gzip' } })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  let bytes = 0
  const ours = new Map<string, boolean>()
  // What the simulated webview adds is not ours and does not count.
  session.on('Network.requestWillBeSent', ({ requestId, request }) => ours.set(requestId, !request.url.includes('/__simulator/')))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (ours.get(requestId) === true) bytes += encodedDataLength
  })
  const began = performance.now()
  await page.goto(`${app.config.publicUrl}/sidebar/`, { waitUntil: 'commit' })
  await page.getByText(name).first().waitFor()
  const visibleMs = performance.now() - began
  return { visibleMs, bytes, requests: [...ours.values()].filter(Boolean).length }
}
