import type { TemplateContent } from '#shared/contracts/templates'
import { orders } from '../../server/records/index.ts'
import { setStaffLevel, staff } from '../../server/organization/index.ts'
import { createDraft, recordTemplateUses, submitTemplate, templates } from '../../server/templates/index.ts'
import type { Services } from '../../server/services.ts'

const everybody = ['clerk', 'sales', 'service', 'store-manager']
const written = (name: string, category: TemplateContent['category'], text: string, more: Partial<TemplateContent> = {}): TemplateContent => ({
  name, category, text, attachments: [], uses: ['quick-reply'], roles: everybody, levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null, ...more,
})

/** The standard scripts of the invented company, ten for each role of a store (S38). */
const confirmed: readonly TemplateContent[] = [
  written('初次问候', 'service', '{{customer_name}}您好，我是{{sender_department}}的{{sender_name}}，以后有需要随时找我。'),
  written('生日关怀', 'care', '{{customer_name}}，祝您生日快乐！店里给您留了一份小礼物，方便时来坐坐。'),
  written('到店回访', 'care', '{{customer_name}}您好，上次到店的体验还满意吗？有什么想法都可以告诉我。'),
  written('预约到店', 'invite', '{{customer_name}}您好，您看这周哪天方便到店？我提前为您安排好。'),
  written('新品到店', 'promotion', '{{customer_name}}您好，您常选的系列上新了，我给您留了试用装。'),
  written('会员等级提醒', 'service', '{{customer_name}}您好，您现在是{{customer_member_level}}级会员，本月到店可以领取对应的会员礼。'),
  written('天气提醒', 'care', '这两天降温，出门记得添衣。我是{{sender_name}}，有需要随时联系我。', { uses: ['broadcast', 'quick-reply'] }),
  written('中秋问候', 'festival', '中秋将至，{{sender_department}}全体伙伴祝您团圆安康。', { uses: ['broadcast', 'quick-reply'] }),
  written('会员日邀请', 'promotion', '本周六是会员日，欢迎到店坐坐，我是{{sender_name}}，给您留位。', { uses: ['broadcast', 'quick-reply'] }),
  written('门店路线', 'service', '您好，这是我们门店的路线，到了给我发消息，我出来接您。'),
  written('金级专属权益', 'benefit', '您好，您有一份专属护理权益待领取，本月内到店均可使用。', { roles: ['sales', 'store-manager'], levelAtLeast: 2, spendAtLeastFen: 500_000, uses: ['broadcast', 'quick-reply'] }),
]
const waiting = written('换季提醒', 'care', '换季皮肤容易敏感，您常用的那款可以减半用量，有不适随时告诉我。', { uses: ['broadcast', 'quick-reply'] })
const stopped = written('店庆预告', 'promotion', '店庆来啦，全网最低价，加V信领红包，错过再等一年！')

/** Writes, hands in and confirms them as their people would. */
export async function fillTemplates(services: Services): Promise<void> {
  const { database, approvals } = services
  const idOf = async (userid: string) => (await database.db.getRepository(staff).findOneBy({ userid }))?.id
  const author = await idOf('marketing01')
  const lead = await idOf('marketinglead01')
  if (author === undefined || lead === undefined) return
  const draft = (content: TemplateContent) => database.transaction((work) => createDraft(services, work, author, { content, departmentId: null }))
  const handIn = async (content: TemplateContent) => {
    const { id, version } = await draft(content)
    return (await database.transaction((work) => submitTemplate(services, work, author, { templateId: id, version }))).approvalId
  }
  for (const content of confirmed) {
    const requestId = await handIn(content)
    const { outcome } = await approvals.decide(requestId, lead, 'approve', 'console')
    if (outcome !== 'approved') throw new Error(`the template ${content.name} of the demo was not confirmed: ${outcome}`)
  }
  await handIn(waiting)
  await draft(stopped)
  await database.transaction((work) => setStaffLevel(services, work, lead, 'sales01', 2))
  await useThem(services, author)
}

const dayMs = 86_400_000

/** Some weeks of use, so that the results have something to compare: a few of these customers bought or came soon after. */
async function useThem({ database, clock }: Services, staffId: string): Promise<void> {
  const { db } = database
  const live = (await db.getRepository(templates).find({ order: { number: 'ASC' } })).flatMap(({ id, liveVersionId }) => (liveVersionId === null ? [] : [{ id, versionId: liveVersionId }]))
  const bought = await db.getRepository(orders).find({ order: { placedAt: 'DESC' }, take: 300 })
  const uses = bought.flatMap((order, place) => {
    const template = live[(place * place) % live.length]
    // Every third message went out after the purchase, and led to none.
    const usedAt = order.placedAt + (place % 3 === 0 ? 1 : -1) * dayMs
    return template === undefined || usedAt > clock() ? [] : [{ useKey: `demo:${place}`, templateId: template.id, versionId: template.versionId, staffId, customerId: order.customerId, kind: 'quick-reply' as const, usedAt }]
  })
  await database.transaction((work) => recordTemplateUses(work, uses))
}
