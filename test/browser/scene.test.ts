import { mkdirSync } from 'node:fs'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { messages } from '../../server/conversations/message.entity.ts'
import { departments } from '../../server/organization/index.ts'
import { generateCompany } from '../company/generate.ts'
import { startChromium } from '../support/chromium.ts'
import { testApp, type TestApp } from '../support/test-app.ts'

/** The scene of the README, in a real browser: scan, card beside the chat, another role, another store, customer service. */
describe('the main scene', () => {
  const company = generateCompany({ customers: 120, now: Date.now() })
  const person = (userid: string) => {
    const found = company.staff.find((one) => one.userid === userid)
    if (found === undefined) throw new Error(userid)
    return found
  }
  const problems: string[] = []
  let app: TestApp
  let browser: Browser
  let page: Page
  let sidebar: FrameLocator
  let scanned = ''

  beforeAll(async () => {
    app = await testApp({ company, live: true })
    browser = await startChromium()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) problems.push(message.text())
    })
    sidebar = page.frameLocator('#sidebar')
    await page.goto(`${app.config.publicUrl}/__simulator/`)
  })
  afterAll(async () => {
    await browser.close()
    await app.stop()
  })

  const choose = (userid: string) => page.locator('#staff button').filter({ hasText: person(userid).name }).filter({ hasText: person(userid).position }).first().click()
  const openChat = (name: string) => page.locator('#rows button').filter({ hasText: name }).first().click()
  const picture = async (name: string) => {
    mkdirSync('data/screenshots', { recursive: true })
    await page.screenshot({ path: `data/screenshots/${name}.png` })
  }

  it('shows the new customer, the welcome and the card within two seconds of the scan', async () => {
    const store = await app.services.database.db.getRepository(departments).findOneByOrFail({ id: person('clerk01').departmentIds[0] ?? 0 })
    await choose('clerk01')
    await page.getByRole('button', { name: '扫门店码' }).click()
    await page.getByLabel('客户姓名').fill('周小满')
    await page.locator('dialog button.row').filter({ hasText: store.name }).click()
    await page.locator('#title').getByText('周小满').waitFor({ timeout: 2_000 })
    await page.locator('#lines').getByText(`欢迎来到${store.name}`).waitFor({ timeout: 2_000 })
    await sidebar.getByText('周小满').first().waitFor({ timeout: 5_000 })
    await picture('scene-clerk')
    scanned = app.simulator.controls.calls('/cgi-bin/externalcontact/send_welcome_msg').length.toString()
    expect(Number(scanned)).toBeGreaterThan(0)
  })

  it('shows a clerk masked contact data of his own customer and no contract, and the manager more', async () => {
    const clerk = person('clerk01')
    const customer = company.customers.find((one) => one.ownerUserid === 'clerk01' && one.contract !== undefined && one.follows.some((follow) => follow.userid === 'clerk01') && one.follows.some((follow) => follow.userid === 'manager01'))
      ?? company.customers.find((one) => one.ownerUserid === 'clerk01' && one.follows.some((follow) => follow.userid === 'clerk01'))
    if (customer === undefined) throw new Error('the company has no customer of clerk01')
    await choose(clerk.userid)
    await openChat(customer.name)
    await sidebar.getByText(customer.name).first().waitFor()
    const masked = `${customer.mobile.slice(-11, -8)}****${customer.mobile.slice(-4)}`
    await sidebar.getByText(masked).first().waitFor()
    const text = await sidebar.locator('body').innerText()
    expect(text).not.toContain(customer.mobile)
    expect(text).not.toContain('¥***')
    await picture('card-clerk')

    const manager = await app.as('manager01')
    const card = await manager.get(`/api/customers/${customer.externalUserId}`)
    const mine = await (await app.as('clerk01')).get(`/api/customers/${customer.externalUserId}`)
    expect(card.body.fields).toMatchObject({ mobile: 'masked', contractAmountFen: 'masked' })
    expect(Object.keys(card.body.fields).length).toBeGreaterThan(Object.keys(mine.body.fields).length)
  })

  it('does not know the customer when a clerk of another store asks', async () => {
    const customer = company.customers.find((one) => one.ownerUserid === 'clerk01')
    const other = await app.as('clerk02')
    expect((await other.get(`/api/customers/${customer?.externalUserId ?? ''}`)).status).toBe(404)
  })

  it('shows a message of customer service to whoever may read messages', async () => {
    const reader = company.staff.find((one) => one.role === 'director')
    const chat = company.customers.find((one) => one.follows.some((follow) => follow.userid === reader?.userid)) ?? company.customers.find((one) => one.follows.length > 0)
    if (reader === undefined || chat === undefined) throw new Error('the company has no director')
    await page.getByRole('tab', { name: '微信客服' }).click()
    await page.getByRole('button', { name: '打开客服窗口' }).click()
    await page.getByLabel('消息').fill('请问周末营业吗？')
    await page.locator('dialog button.main').click()
    await page.locator('#lines').getByText('请问周末营业吗？').waitFor()
    // The card shows what is there when it opens: on a busy machine the message may still be on its way.
    await vi.waitFor(async () => expect(await app.services.database.db.getRepository(messages).exists()).toBe(true), { timeout: 20_000 })
    await choose(reader.userid)
    await page.getByRole('tab', { name: '微信客服' }).click()
    await page.locator('#rows button').first().click()
    await sidebar.getByText('请问周末营业吗？').first().waitFor({ timeout: 60_000 })
    await picture('kf-director')
  })

  it('runs under its strict content policy without an error', () => {
    expect(problems).toEqual([])
  })
})
