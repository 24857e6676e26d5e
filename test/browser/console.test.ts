import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateCompany } from '../company/generate.ts'
import { startChromium } from '../support/chromium.ts'
import { storyApp, type StoryApp } from '../stories/support/story-app.ts'

/** A busy machine draws late. */
const patient = { timeout: 30_000 }

/** The console in a real browser: rules from a draft to a version in force and back, what a clerk is not offered, a request from the sidebar. */
describe('the console', () => {
  const company = generateCompany({ customers: 60, now: Date.now() })
  const clerks = company.staff.filter((one) => one.role === 'clerk')
  const problems: string[] = []
  const contexts = new Map<string, BrowserContext>()
  let app: StoryApp
  let browser: Browser

  beforeAll(async () => {
    app = await storyApp({ company, live: true })
    await app.giveRole('director01', 'administrator')
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser.close()
    await app.stop()
  })

  /** A browser of one's own, signed in through WeCom as anybody is. */
  async function pageOf(userid: string, path: string): Promise<Page> {
    let context = contexts.get(userid)
    if (context === undefined) {
      context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
      await context.addCookies([{ name: 'sim_staff', value: userid, url: app.config.publicUrl }])
      contexts.set(userid, context)
    }
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) problems.push(message.text())
    })
    await page.goto(`${app.config.publicUrl}${path}`)
    return page
  }
  const cellOf = (page: Page, unit: string, level: number) => page.locator('tbody tr', { has: page.locator('th', { hasText: new RegExp(`^${unit}$`) }) }).locator('td').nth(level)
  const offered = (page: Page) => page.locator('nav a').allTextContents()

  it('S07 an administrator drafts a change, sees whom it touches, a second one agrees, and it is in force; a version before it can be brought back', async () => {
    const page = await pageOf('admin01', '/console/#/policy')
    await page.getByRole('option', { name: /^导购/ }).click()
    await expect.poll(() => cellOf(page, '历史版本', 0).innerText(), patient).toBe('–')
    await page.getByRole('button', { name: '起草修改' }).click()
    await page.getByText('草拟中').waitFor()
    expect(await page.locator('[role=option][aria-selected=true]').innerText()).toContain('导购')
    await cellOf(page, '历史版本', 0).locator('button').click()
    await page.getByRole('button', { name: '再加一种' }).click()
    await page.getByRole('button', { name: '确定', exact: true }).click()
    await expect.poll(() => cellOf(page, '历史版本', 0).innerText(), patient).toContain('本部门')
    expect(await cellOf(page, '历史版本', 0).innerText()).toContain('新增')

    await page.getByRole('button', { name: '开始预览' }).click()
    await page.getByText(`${clerks.length} 人得到更多，0 人失去一部分`).waitFor()
    const gained = page.locator('tr', { hasText: '历史版本 · 能看' }).locator('td.gain')
    await expect.poll(() => gained.innerText(), patient).toMatch(new RegExp(`^${clerks.length} 人 · 共 [1-9]\\d*\\+?$`))
    await page.locator('details', { hasText: clerks[0]?.name ?? '?' }).first().locator('summary').click()
    await page.locator('details[open]').getByText('历史版本 · 能看').waitFor()

    await page.getByPlaceholder('说明为什么改（必填）').fill('导购要能看历史版本')
    await page.getByRole('button', { name: '提交确认' }).click()
    await page.getByText('已提交，等待第二人确认。').waitFor()
    const second = await pageOf('director01', '/console/#/approvals')
    await second.getByRole('row', { name: /发布/ }).click()
    await second.getByText('导购要能看历史版本').first().waitFor()
    await second.getByRole('button', { name: '同意' }).click()
    await second.getByText('已同意').first().waitFor()

    await page.goto(`${app.config.publicUrl}/console/#/policy`)
    await page.getByText('现行版本 v2').waitFor()
    await page.getByRole('option', { name: /^导购/ }).click()
    await expect.poll(() => cellOf(page, '历史版本', 0).innerText(), patient).toContain('本部门')
    expect((await (await app.as('clerk01')).get('/api/me')).body.operations).toContain('talk.history.view')

    await page.goto(`${app.config.publicUrl}/console/#/policy/publish`)
    await page.getByRole('row', { name: /^v2/ }).getByText('现行').waitFor()
    await page.getByRole('row', { name: /^v1/ }).getByRole('button', { name: '回退到此' }).click()
    await page.getByText('这次改动只收紧权限，可由一人立即发布。').waitFor()
    await page.getByRole('button', { name: '开始预览' }).click()
    await page.getByText(`0 人得到更多，${clerks.length} 人失去一部分`).waitFor()
    await page.getByPlaceholder('说明为什么改（必填）').fill('先退回')
    await page.getByRole('button', { name: '立即发布' }).click()
    await page.getByText('已发布为 v3，下一次请求起生效。').waitFor()
    await page.goto(`${app.config.publicUrl}/console/#/policy`)
    await page.getByText('现行版本 v3').waitFor()
    expect((await (await app.as('clerk01')).get('/api/me')).body.operations).not.toContain('talk.history.view')
  })

  it('S07 a clerk is offered no administrator\'s screen, and one opened by its address says in words that it is not for him', async () => {
    const page = await pageOf('clerk01', '/console/')
    await page.locator('nav a').first().waitFor()
    const menu = await offered(page)
    expect(menu).toContain('客户列表')
    for (const name of ['角色矩阵', '成员', '预览与发布', '用例', '审计记录', '明文查看', '查看冻结', '活动小组']) expect(menu).not.toContain(name)
    for (const path of ['/policy', '/staff', '/staff/admin01', '/policy/publish', '/policy/tests', '/audit', '/reveals', '/freezes', '/campaigns']) {
      await page.goto(`${app.config.publicUrl}/console/#${path}`)
      await page.getByText('这个页面不在您的权限内').waitFor()
      await page.getByText('如工作需要，请向主管申请。').waitFor()
    }
    expect((await (await app.as('clerk01')).get('/api/policy')).status).toBe(403)
  })

  it('S51 a clerk asks for a block in the sidebar, his manager agrees in the console, and the block opens beside the chat', async () => {
    const owned = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '续约的客户' } })
    await app.settle()
    await app.knows(owned.externalUserId, { contractAmountFen: 8_800_000, contractState: 'signed', priceList: 'A类' })
    const chat = await pageOf('clerk01', '/__simulator/')
    const clerk = company.staff.find((one) => one.userid === 'clerk01')
    await chat.locator('#staff button').filter({ hasText: clerk?.name ?? '?' }).filter({ hasText: clerk?.position ?? '?' }).first().click()
    await chat.locator('#rows button').filter({ hasText: '续约的客户' }).first().click()
    const sidebar = chat.frameLocator('#sidebar')
    await sidebar.getByText('申请查看').first().click()
    await sidebar.getByRole('button', { name: '申请 合同与签约金额' }).click()
    await sidebar.getByLabel('申请原因').fill('客户到店续约')
    await sidebar.getByRole('button', { name: '提交申请' }).click()
    await sidebar.getByText('已提交，等待主管审批').waitFor()

    const manager = await pageOf('manager01', '/console/#/approvals')
    await manager.getByRole('row', { name: /申请查看/ }).first().click()
    await manager.getByText('客户到店续约').waitFor()
    await manager.getByRole('button', { name: '同意' }).click()
    await manager.getByText('已同意').first().waitFor()

    await sidebar.getByText(/可查看，到/).first().waitFor({ timeout: 30_000 })
    await sidebar.getByRole('button', { name: '返回' }).click()
    await sidebar.getByText('¥***').first().waitFor()
    expect(await sidebar.locator('body').innerText()).not.toContain('88,000')
  })

  it('runs under its strict content policy without an error', () => {
    expect(problems).toEqual([])
  })
})
