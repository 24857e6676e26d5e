import { randomHex } from './ids.ts'

/** What an API call fails with. The texts are illustrative, as WeCom's are: nobody may match on them. */
export class WecomFault extends Error {
  readonly errcode: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(errcode: number, body: Readonly<Record<string, unknown>> = {}) {
    super(reasons[errcode] ?? 'invalid request')
    this.name = 'WecomFault'
    this.errcode = errcode
    this.body = body
  }
}

const reasons: Readonly<Record<number, string>> = {
  [-1]: 'system error', 40001: 'invalid credential', 40003: 'invalid userid', 40007: 'invalid media_id', 40008: 'invalid message type',
  40009: 'invalid image size', 40011: 'invalid video size', 40004: 'invalid media type', 40006: 'invalid media size', 40013: 'invalid corpid', 40014: 'invalid access_token', 40029: 'invalid code',
  40031: 'invalid userid list', 40032: 'userid list too long', 40035: 'invalid parameter', 40056: 'invalid agentid', 40058: 'invalid parameter',
  40063: 'missing parameter', 40066: 'invalid party list', 40068: 'invalid tag id', 40071: 'tag name exists', 40093: 'invalid jsapi signature',
  40096: 'invalid external userid', 40097: 'user is not resigned', 40099: 'takeover user has too many customers', 40100: 'customer is being transferred',
  40126: 'too many corp tags', 40128: 'customer was transferred too often', 40129: 'customer is being transferred', 40130: 'handover and takeover are the same',
  40131: 'handover user does not follow the customer', 40144: 'too many tags on the customer', 41001: 'access_token missing', 41002: 'corpid missing',
  41004: 'secret missing', 41035: 'missing external_userid', 41037: 'missing contact way type', 41038: 'missing contact way scene', 41039: 'invalid contact way type',
  41040: 'invalid contact way scene', 41041: 'too many users', 41042: 'invalid style', 41043: 'missing config id', 41044: 'invalid config id',
  41045: 'contact way limit', 41046: 'missing msgid', 41047: 'invalid msgid', 41048: 'no customer to send', 41049: 'missing welcome code', 41050: 'invalid welcome code',
  41051: 'externaluser has started chatting', 41053: 'customer has not agreed to chat archive', 41054: 'user is not activated', 41063: 'message is being dispatched',
  41064: 'too many attachments', 41065: 'invalid attachment type', 41093: 'message was cancelled', 41094: 'reminder too frequent', 41096: 'welcome msg is being distributed',
  41102: 'link title too long', 41110: 'invalid tag id', 41111: 'invalid tag count', 42001: 'access_token expired', 42003: 'code expired', 42012: 'wrong ticket kind',
  42014: 'invalid card task_id', 42015: 'message of another app', 42027: 'missing or illegal card field', 42052: 'message too old', 43012: 'no callback url',
  45001: 'media too large', 45002: 'content too long', 45009: 'api freq out of limit', 45033: 'api concurrent out of limit', 45035: 'concurrent write conflict',
  48002: 'api forbidden', 50001: 'redirect_url is not in the trusted domain', 60003: 'department not found', 60011: 'no privilege', 60020: 'not allow to access from your ip',
  60030: 'user out of visible range', 60111: 'userid not found', 60123: 'invalid party id', 60140: 'invalid response_code', 81011: 'no permission for this tag',
  81013: 'user & party & tag all invalid', 82001: 'no receiver', 82002: 'too many parties', 82003: 'too many tags', 84014: 'user ticket expired', 84015: 'invalid user ticket', 84025: 'invalid state',
  84061: 'not external contact', 84074: 'no external contact permission', 84084: 'not a follower', 95000: 'invalid open_kfid', 95001: 'too many messages', 95002: 'session too old',
  95007: 'invalid msg token', 95013: 'session ended', 95016: 'illegal transition', 95018: 'session state forbids send', 301002: 'token may not operate this agent',
}

/** The body of a failure, with WeCom's hint format (WeCom doc path/90313). */
export function faultBody(fault: WecomFault, nowMs: number, ip: string): Record<string, unknown> {
  if (fault.errcode === -1) return { errcode: -1, errmsg: fault.message, ...fault.body }
  const hint = `[${Math.floor(nowMs / 1000)}_1_${randomHex(32)}]`
  const link = `https://open.work.weixin.qq.com/devtool/query?e=${fault.errcode}`
  return { errcode: fault.errcode, errmsg: `${fault.message}, hint: ${hint}, from ip: ${ip}, more info at ${link}`, ...fault.body }
}
