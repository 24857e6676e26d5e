import { describe, expect, it } from 'vitest'
import { consoleTexts } from '../../locales/console/index.ts'
import { createTexts } from '../../locales/i18n.ts'
import { actionWords, detailWords, subjectWords, type Wording } from './trail-words.ts'

const id = '01a21316-1e6a-73a8-ba27-23b98323d47b'
const texts = await createTexts('zh-CN', consoleTexts)
const wording: Wording = { t: texts.global.t, te: texts.global.te, language: 'zh-CN' }

describe('the words of the audit', () => {
  it('say actions, operations, fields, reasons and times, so that nobody need know our keys', () => {
    expect(actionWords('customer.revealed', wording)).toBe('查看明文')
    expect(detailWords({ fields: ['mobile', 'contractAmountFen'], reason: 'delivery' }, wording)).toBe('字段：手机号、签约金额；原因：寄送或上门')
    expect(detailWords({ operations: ['customer.contact.view', 'system.policy.operate'], until: Date.UTC(2020, 5, 2, 4, 0) }, wording)).toBe('权限：联系方式 · 能看、系统 · 权限策略 · 能操作；到：2020/6/2 12:00')
    expect(detailWords({ freeze: id, reason: 'checked', told: 2, approved: true, filters: [] }, wording)).toBe('冻结编号：…8323d47b；原因：核实无异常；通知人数：2；经审批：有')
  })

  it('name people by name and things by their kind and the end of their id', () => {
    expect(subjectWords({ kind: 'staff', id, userid: 'lin', name: '林小满' }, wording)).toBe('成员 林小满')
    expect(subjectWords({ kind: 'policy-draft', id, userid: null, name: null }, wording)).toBe('规则草稿 …8323d47b')
  })

  it('leave what has no words as it is, so that nothing is lost', () => {
    expect(actionWords('something.new', wording)).toBe('something.new')
    expect(detailWords({ novelty: 'unheard', path: '/api/policy' }, wording)).toBe('novelty：unheard；请求：/api/policy')
    expect(subjectWords({ kind: 'comet', id: '7', userid: null, name: null }, wording)).toBe('comet 7')
  })
})
