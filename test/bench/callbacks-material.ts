import { createCallbackCrypto } from '../../server/wecom/index.ts'

/** Invented credentials; every process of the bench uses the same. */
export const secrets = { token: 'BenchToken2026', aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', receiveId: 'wwbench0000000001' }

const crypto = createCallbackCrypto(secrets)

/** A change of one customer, as WeCom writes it; distinct for each `number`. */
function message(number: number, seconds: number): string {
  const customer = `wmBench${String(number).padStart(25, '0')}`
  return `<xml><ToUserName><![CDATA[${secrets.receiveId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>`
    + `<CreateTime>${seconds}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_external_contact]]></Event>`
    + `<ChangeType><![CDATA[edit_external_contact]]></ChangeType><UserID><![CDATA[staff${number % 60}]]></UserID>`
    + `<ExternalUserID><![CDATA[${customer}]]></ExternalUserID></xml>`
}

/** The bytes of one whole HTTP request with a valid callback. */
export function callbackRequest(number: number, nowMs: number): Buffer {
  const timestamp = String(Math.floor(nowMs / 1000))
  const nonce = String(1_000_000_000 + number)
  const encrypt = crypto.encrypt(message(number, Number(timestamp)))
  const body = `<xml><ToUserName><![CDATA[${secrets.receiveId}]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt>`
    + '<AgentID><![CDATA[1000002]]></AgentID></xml>'
  const query = `msg_signature=${crypto.sign(timestamp, nonce, encrypt)}&timestamp=${timestamp}&nonce=${nonce}`
  return Buffer.from(`POST /wecom/callback?${query} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: Mozilla/4.0\r\naccept: */*\r\n`
    + `content-type: text/xml\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
