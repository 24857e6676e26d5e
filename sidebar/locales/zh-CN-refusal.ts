/** The texts about customers who asked not to be contacted. */
export const zhCNRefusal = {
  refusal: {
    begin: '登记勿扰',
    byMessage: '客户自己发来消息',
    byName: '{name}登记',
    byStaff: '同事登记',
    cancel: '取消',
    hint: '不会再收到群发；请只在客户主动咨询时回复。',
    lift: '解除',
    note: '请写明原因',
    set: '登记',
    sure: '客户明确说过不要再联系？登记后他不会再收到群发。',
    title: '勿扰',
    why: '为什么解除',
  },
  refusalReason: {
    'asked-again': '客户同意再联系',
    mistake: '登记有误',
    other: '其他',
  },
}
