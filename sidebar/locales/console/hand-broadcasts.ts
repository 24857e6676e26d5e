/** Broadcasts that staff sent by hand in WeCom. Both languages together, loaded by the console only. */
export const handBroadcastTexts = {
  'zh-CN': {
    byHand: {
      company: '企微后台创建',
      department: '部门',
      findings: '质检发现',
      intro: '成员在企业微信客户端或企微后台自行创建的群发，不经本系统审批。这里如实计入额度与频次，只能事后核实。',
      marks: '提示',
      masked: '内容中的号码和金额已隐去。',
      noText: '（没有文字，只有附件）',
      none: '没有自发群发',
      noneHint: '成员在企业微信中自行群发后，约十分钟内出现在这里。',
      overFrequency: '超出频次（人）',
      overQuota: '超出额度',
      sentAt: '发送时间',
      tab: '员工自发群发',
      tooLate: '该群发已经发出，无法拦截。请向发送成员核实。',
      tooOften: '超出频次',
    },
    byHandVerdict: {
      block: '内容违规',
      review: '内容需核实',
    },
  },
  'en': {
    byHand: {
      company: 'made in WeCom\'s administration',
      department: 'Department',
      findings: 'Findings of the screening',
      intro: 'Broadcasts that people made by themselves in WeCom, past the approvals of this system. They are counted against quota and frequency; they can only be looked into afterwards.',
      marks: 'Remarks',
      masked: 'Numbers and amounts in the text are masked.',
      noText: '(no text, attachments only)',
      none: 'Nothing was sent by hand',
      noneHint: 'What somebody sends by himself in WeCom appears here within about ten minutes.',
      overFrequency: 'Too often (customers)',
      overQuota: 'over the quota',
      sentAt: 'Sent at',
      tab: 'Sent by hand',
      tooLate: 'It has been sent and cannot be stopped. Please ask its sender.',
      tooOften: 'too often',
    },
    byHandVerdict: {
      block: 'forbidden text',
      review: 'text to look into',
    },
  },
} as const
