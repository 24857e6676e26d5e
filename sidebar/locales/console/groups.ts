/** Customer groups as the audience of a broadcast. Both languages together, loaded by the console only. */
export const groupTexts = {
  'zh-CN': {
    groupAudience: {
      count: '{count} 个群',
      customers: '客户',
      groups: '客户群',
      hint: '每个群由群主在企业微信中确认后发出，计入群主的额度；每群一条。',
      label: '{name}（群主 {owner}，{members} 人）',
      none: '没有您可以群发的客户群',
      noneHint: '只列出您有权群发、由在职成员担任群主的客户群。',
      title: '发到哪些群（不选即范围内全部客户群）',
      to: '发给',
      unnamed: '未命名的群',
      unreachable: '群主不在职',
    },
  },
  'en': {
    groupAudience: {
      count: '{count} groups',
      customers: 'Customers',
      groups: 'Customer groups',
      hint: 'Each group\'s owner confirms in WeCom before it is sent, and it is charged to the owner\'s quota: one message a group.',
      label: '{name} (owner {owner}, {members} members)',
      none: 'There is no customer group that you may have written to',
      noneHint: 'Only groups within your rights are listed whose owner works here.',
      title: 'Groups (none chosen: all within reach)',
      to: 'Send to',
      unnamed: 'unnamed group',
      unreachable: 'owner gone',
    },
  },
} as const
