import * as z from 'zod'
import { issueResponseCode } from '../api/message.ts'
import { cardEvent } from '../callbacks/events.ts'
import type { Core } from '../core.ts'
import type { AppMessageRecord } from '../records.ts'

const Buttons = z.looseObject({
  card_type: z.string().default(''),
  button_list: z.array(z.looseObject({ type: z.number().default(0), key: z.string().optional() })).default([]),
  submit_button: z.looseObject({ key: z.string() }).optional(),
  action_menu: z.looseObject({ action_list: z.array(z.looseObject({ key: z.string() })) }).optional(),
})

export interface CardSelection {
  readonly questionKey: string
  readonly optionIds: readonly string[]
}

/** What members see of the app and do with it. */
export function cardControls(core: Core) {
  return {
    /** The app messages of a member, oldest first; recalled ones are gone. */
    outbox(userid: string): AppMessageRecord[] {
      return core.state.messages.filter((message) => message.userid.toLowerCase() === userid.toLowerCase() && !message.recalled)
    },

    /**
     * A tap on a card's button or menu. A greyed button cannot be tapped, unless `stale` says that the member's
     * device still shows the old card. Returns the fresh response code that the event carries.
     */
    tapCard(userid: string, which: { taskId: string } | { msgid: string }, key: string, options: { selected?: CardSelection[], stale?: boolean } = {}): { responseCode: string } {
      const message = core.state.messages.findLast((each) =>
        each.userid.toLowerCase() === userid.toLowerCase() && ('taskId' in which ? each.taskId === which.taskId : each.msgid === which.msgid))
      if (message === undefined || message.recalled) throw new Error(`${userid} has no such card`)
      if (message.replacedName !== null && options.stale !== true) throw new Error('the button is greyed')
      const card = Buttons.parse(message.body)
      const menu = card.action_menu?.action_list.some((each) => each.key === key) ?? false
      const button = card.submit_button?.key === key || card.button_list.some((each) => each.type === 0 && each.key === key)
      if (!menu && !button) throw new Error(`the card has no button ${key}`)
      const responseCode = issueResponseCode(core, message.msgid)
      cardEvent(core, { userid: message.userid, key, taskId: message.taskId ?? '', cardType: card.card_type, responseCode, menu, selected: options.selected ?? [] })
      return { responseCode }
    },
  }
}
