/**
 * Every stable error code with its text for people, Chinese first.
 * `{name}` is replaced from the error's data; data never holds a value of a customer's field.
 */
export const errorTexts = {
  'request.invalid': { zh: '请求内容不符合要求', en: 'The request is not in the expected shape' },
  'request.not_json': { zh: '请求必须是 JSON', en: 'The request must be JSON' },
  'request.too_large': { zh: '请求内容过大', en: 'The request is too large' },
  'request.origin_refused': { zh: '请求来源不被允许', en: 'The origin of this request is not allowed' },
  'request.rate_limited': { zh: '操作过于频繁，请 {seconds} 秒后再试', en: 'Too many requests, try again in {seconds} s' },
  'request.not_found': { zh: '没有这个地址', en: 'There is no such address' },
  'request.method_not_allowed': { zh: '不支持这种请求方式', en: 'This method is not supported here' },
  'internal.unexpected': { zh: '服务出错了，内容没有丢失，请稍后重试', en: 'Something went wrong, nothing was lost, please try again' },
  'internal.answer_refused': { zh: '服务出错了，请联系管理员', en: 'Something went wrong, please tell an administrator' },
  'service.unavailable': { zh: '服务暂时不可用，请稍后重试', en: 'The service is not available right now, please try again' },
  'session.required': { zh: '请先通过企业微信登录', en: 'Please sign in through WeCom' },
  'session.state_invalid': { zh: '登录链接已失效，请重新打开', en: 'This sign-in link is no longer valid, please open it again' },
  'session.code_invalid': { zh: '企业微信登录凭证无效或已过期，请重新打开', en: 'The WeCom sign-in code is invalid or expired, please open it again' },
  'session.not_staff': { zh: '您不是本企业成员，不能使用', en: 'Only members of this company may sign in' },
  'session.fresh_required': { zh: '这项操作需要重新登录确认身份', en: 'Please sign in again to confirm that it is you' },
  'session.staff_inactive': { zh: '您的账号已停用或不在应用可见范围内', en: 'Your account is disabled or outside the visible range of the app' },
  'access.denied': { zh: '您没有这项操作的权限', en: 'You may not do this' },
  'access.filter_refused': { zh: '不能按无权查看的内容筛选：{fields}', en: 'You may not filter by what you may not see: {fields}' },
  'access.last_administrator': { zh: '这会让企业失去最后一位管理员，不能这样修改', en: 'This would leave the company without an administrator' },
  'access.unknown_operation': { zh: '未知的操作：{operation}', en: 'Unknown operation: {operation}' },
  'access.frozen': { zh: '您查看客户的权限已被冻结，请联系主管或管理员', en: 'Your access to customers is frozen, please talk to your manager or an administrator' },
  'access.not_frozen': { zh: '没有找到这条冻结，或已经解除', en: 'There is no such freeze, or it was lifted already' },
  'cards.limit_reached': { zh: '查看的客户数已达上限（{limit} 位），{minutes} 分钟后恢复；看过的客户仍可打开', en: 'You have reached the limit of {limit} customers; it opens again in {minutes} min. Customers you have seen stay open' },
  'reveal.limit_reached': { zh: '今天查看明文的次数已用完（{limit} 次），{minutes} 分钟后恢复', en: 'You have used the {limit} reveals of today; they come back in {minutes} min' },
  'reveal.needs_approval': { zh: '一次查看超过 {limit} 位客户的明文需要先申请', en: 'Revealing data of more than {limit} customers at once needs an approval first' },
  'reveal.note_required': { zh: '选择“其他”时请写明原因', en: 'Please say why when you choose "other"' },
  'message.not_found': { zh: '没有找到这条消息', en: 'There is no such message' },
  'block.already_open': { zh: '这块内容您已经可以查看', en: 'You may see this already' },
  'block.already_asked': { zh: '您已经申请过，正在等待审批', en: 'You have asked already; it is waiting for a decision' },
  'block.refused': { zh: '申请未获批准，{minutes} 分钟后可以再次申请', en: 'This was refused; you may ask again in {minutes} min' },
  'block.closed': { zh: '这块内容不能申请', en: 'This cannot be asked for' },
  'access.unknown_field': { zh: '未知的内容：{field}', en: 'Unknown field: {field}' },
  'fields.not_writable': { zh: '以下内容您不能修改：{fields}', en: 'You may not change: {fields}' },
  'fields.masked_value': { zh: '不能保存带有掩码的内容：{fields}', en: 'A masked value cannot be saved: {fields}' },
  'customer.not_found': { zh: '没有找到该客户', en: 'Customer not found' },
  'customer.version_conflict': { zh: '内容已被他人修改，请刷新后重试', en: 'Somebody else changed this meanwhile, please reload' },
  'staff.not_found': { zh: '没有找到该成员', en: 'Staff member not found' },
  'staff.inactive': { zh: '该成员当前不可用', en: 'This staff member is not active' },
  'policy.version_not_found': { zh: '没有这个权限版本', en: 'There is no such version of the policy' },
  'policy.version_conflict': { zh: '内容已被他人修改，请刷新后重试', en: 'Somebody else changed this meanwhile, please reload' },
  'policy.draft_not_found': { zh: '没有找到该草稿', en: 'Draft not found' },
  'policy.draft_closed': { zh: '该草稿已提交、发布或作废，不能再修改', en: 'This draft waits, is published or was thrown away; it cannot be changed' },
  'policy.too_many_drafts': { zh: '草稿太多，请先清理', en: 'There are too many drafts, discard some first' },
  'policy.flawed': { zh: '草稿还有 {count} 处问题：{places}', en: 'The draft has {count} problem(s): {places}' },
  'policy.base_changed': { zh: '期间已有新版本发布，请先同步草稿', en: 'Another version was published meanwhile; take the draft along first' },
  'policy.preview_required': { zh: '发布前请先完成预览', en: 'A finished preview is needed before publishing' },
  'policy.preview_not_found': { zh: '没有找到该预览', en: 'Preview not found' },
  'policy.tests_failed': { zh: '有 {count} 个权限用例不通过：{names}', en: '{count} policy test(s) fail: {names}' },
  'policy.nothing_changed': { zh: '草稿与当前版本相同', en: 'The draft equals the version in force' },
  'policy.restriction_not_found': { zh: '没有找到该禁止项', en: 'Restriction not found' },
  'policy.role_not_found': { zh: '没有这个角色', en: 'There is no such role' },
  'policy.role_held': { zh: '该成员已有这个角色', en: 'This person holds the role already' },
  'policy.role_not_held': { zh: '该成员没有这个角色', en: 'This person does not hold the role' },
  'grant.not_found': { zh: '没有找到该临时授权', en: 'Temporary grant not found' },
  'grant.flawed': { zh: '申请内容有问题：{places}', en: 'The request has problems: {places}' },
  'grant.too_many': { zh: '您待审批的申请太多，请等待处理', en: 'Too many of your requests wait already' },
  'campaign.not_found': { zh: '没有找到该活动', en: 'Campaign not found' },
  'campaign.over': { zh: '该活动已结束', en: 'This campaign is over' },
  'campaign.key_taken': { zh: '活动标识已被使用', en: 'This campaign key is taken' },
  'share.not_found': { zh: '没有找到该共享', en: 'Share not found' },
  'share.flawed': { zh: '共享内容有问题：{places}', en: 'The share has problems: {places}' },
  'share.not_yours': { zh: '您不能共享这些内容：{operations}', en: 'You cannot share: {operations}' },
  'share.gives_nothing': { zh: '对方的角色不能持有：{operations}', en: 'The role of the recipient can never hold: {operations}' },
  'entrance.not_found': { zh: '没有找到门店码', en: 'Store code not found' },
  'approval.not_found': { zh: '没有找到该审批', en: 'Approval request not found' },
  'approval.closed': { zh: '该审批已经结束，不能再处理', en: 'This request is closed and can no longer be decided' },
  'approval.not_eligible': { zh: '您不能审批这项申请', en: 'You may not decide this request' },
  'approval.outdated': { zh: '申请的内容已经变化，请重新申请', en: 'What was asked for has changed meanwhile, please ask again' },
  'callback.bad_signature': { zh: '回调签名不正确', en: 'The signature of this callback is wrong' },
  'callback.bad_request': { zh: '回调内容不正确', en: 'The content of this callback is malformed' },
  'callback.stale': { zh: '回调时间戳超出允许范围', en: 'The timestamp of this callback is out of range' },
  'wecom.failed': { zh: '企业微信返回错误（{errcode}）', en: 'WeCom answered with an error ({errcode})' },
  'wecom.unreachable': { zh: '暂时连不上企业微信，稍后会自动重试', en: 'WeCom cannot be reached right now' },
  'cursor.invalid': { zh: '翻页位置无效，请从第一页重新开始', en: 'This page position is not valid, please start again' },
} as const

export type ErrorCode = keyof typeof errorTexts
export type Language = 'zh' | 'en'

/** The text of a code in one language, its `{name}` places filled from `data`. */
export function errorText(code: ErrorCode, language: Language, data: Readonly<Record<string, unknown>> = {}): string {
  return errorTexts[code][language].replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = data[name]
    if (Array.isArray(value)) return value.join(', ')
    return value === undefined ? place : String(value)
  })
}
