import * as z from 'zod'
import { attachmentLabel, attachments, checkAttachments, messageText } from '../attachments.ts'
import { say } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { fails } from '../schema.ts'

export const welcomeLifeMs = 20_000

/** WeCom doc path/92137: within 20 s of the event, once; whoever comes while it is sent gets 41096, afterwards 41051. */
const send = endpoint({
  method: 'POST', path: 'externalcontact/send_welcome_msg', customerApi: true,
  input: z.object({ welcome_code: z.string(fails(41049, 41050)).min(1, '41049'), text: messageText, attachments }),
  handle: async (input, { core }) => {
    const welcome = core.state.welcomes.get(input.welcome_code)
    if (welcome === undefined) throw new WecomFault(41050)
    if (welcome.state === 'done') throw new WecomFault(41051)
    if (welcome.state === 'sending') throw new WecomFault(41096)
    if (core.now() - welcome.issuedAt > welcomeLifeMs) throw new WecomFault(41050)
    const text = input.text?.content ?? ''
    if (text === '' && input.attachments.length === 0) throw new WecomFault(40063)
    checkAttachments(core, input.attachments)
    welcome.state = 'sending'
    await new Promise((resolve) => { setTimeout(resolve, core.options.strict?.welcomeSendMs ?? 20) })
    welcome.state = 'done'
    if (text !== '') say(core, welcome.userid, welcome.externalUserId, { from: 'welcome', msgtype: 'text', text })
    for (const each of input.attachments) say(core, welcome.userid, welcome.externalUserId, { from: 'welcome', msgtype: each.msgtype, text: attachmentLabel(each) })
    return {}
  },
})

export const welcomeEndpoints = [send]
