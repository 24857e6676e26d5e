import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { broadcasts } from '../../server/broadcasts/broadcast.entity.ts'
import { generateCompany } from '../company/generate.ts'
import { startChromium } from '../support/chromium.ts'
import { storyApp, type StoryApp } from '../stories/support/story-app.ts'

/** Somebody on a journey plans a broadcast: what he chooses is the company's time, whatever his browser thinks. */
describe('times of broadcasts in a browser of another zone', () => {
  let app: StoryApp
  let browser: Browser

  beforeAll(async () => {
    app = await storyApp({ company: generateCompany({ customers: 20, now: Date.now() }), live: true })
    const marketing = await app.person('marketing01')
    const begun = await marketing.post('/api/templates', { departmentId: null, content: {
      name: '新品到店', category: 'invite', text: '您好，新品到店，欢迎来看看。', attachments: [], uses: ['broadcast'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
    } })
    const asked = await marketing.post(`/api/templates/${begun.body.id}/submit`, { version: begun.body.version })
    await (await app.person('marketinglead01')).post(`/api/approvals/${asked.body.approvalId}/decision`, { verdict: 'approve' })
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser.close()
    await app.stop()
  })

  async function pageIn(timezoneId: string, path: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'zh-CN', timezoneId })
    await context.addCookies([{ name: 'sim_staff', value: 'clerk01', url: app.config.publicUrl }])
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(`${app.config.publicUrl}${path}`)
    return page
  }

  it('S42 what is chosen, kept and shown is the company\'s time', async () => {
    const page = await pageIn('America/Los_Angeles', '/console/#/broadcasts/new')
    const at = page.locator('input[type=datetime-local]').first()
    await at.waitFor()
    // Ten in the morning of the company's next day is proposed.
    const proposed = await at.inputValue()
    expect(proposed).toMatch(/T10:00$/)
    await page.getByText('公司时间（Asia/Shanghai）').first().waitFor()
    const day = proposed.slice(0, 10)
    await page.locator('form input[type=text], form input:not([type])').first().fill('出差时写的')
    await page.locator('.el-select__wrapper').first().click()
    await page.getByRole('option', { name: '新品到店' }).click()
    await at.fill(`${day}T09:30`)
    await page.getByRole('button', { name: '保存并预检' }).click()
    await page.getByText(`计划 ${Number(day.slice(5, 7))}/${Number(day.slice(8))} 09:30`).or(page.getByText(`${Number(day.slice(5, 7))}/${Number(day.slice(8))} 09:30`)).first().waitFor()
    const [kept] = await app.services.database.db.getRepository(broadcasts).find()
    expect(new Date(kept?.plannedAt ?? 0).toISOString()).toBe(new Date(`${day}T09:30:00+08:00`).toISOString())
    await page.getByRole('button', { name: '修改', exact: true }).click()
    expect(await page.locator('input[type=datetime-local]').first().inputValue()).toBe(`${day}T09:30`)
    const home = await pageIn('Asia/Shanghai', '/console/#/broadcasts')
    await home.getByText(`${Number(day.slice(5, 7))}/${Number(day.slice(8))} 09:30`).first().waitFor()
  })
})
