import * as z from 'zod'
import { bytes, fails } from './schema.ts'

/** Errcode of a missing or illegal card field: the documents give the range 42027–42051 without naming each. */
const field = 42027
const text = z.string(fails(field, field))
const required = text.min(1, String(field))
const url = text.regex(/^https?:\/\//, String(field))

const jump = z.object({ type: z.literal([0, 1, 2], fails(field, field)).default(0), url: url.optional(), title: text.optional(), appid: text.optional(), pagepath: text.optional() })
  .refine((each) => each.type !== 1 || each.url !== undefined, String(field))
  .refine((each) => each.type !== 2 || each.appid !== undefined, String(field))
const mainTitle = z.object({ title: text.optional(), desc: text.optional() })
const titled = mainTitle.extend({ title: required })
const menu = z.object({ desc: text.optional(), action_list: z.array(z.object({ text: required, key: bytes(1024, field).min(1, String(field)) })).min(1, String(field)).max(3, String(field)) })
  .refine((each) => new Set(each.action_list.map((action) => action.key)).size === each.action_list.length, String(field))
const horizontal = z.array(z.object({
  type: z.literal([0, 1, 2, 3], fails(field, field)).default(0), keyname: required, value: text.optional(), url: url.optional(), media_id: text.optional(), userid: text.optional(),
})).max(6, String(field))
const taskId = z.string(fails(42014, 42014)).regex(/^[0-9A-Za-z_\-@]{1,128}$/, '42014')
const shared = {
  source: z.object({ icon_url: text.optional(), desc: text.optional(), desc_color: z.literal([0, 1, 2, 3], fails(field, field)).optional() }).optional(),
  action_menu: menu.optional(),
  quote_area: z.looseObject({ type: z.literal([0, 1, 2]).optional() }).optional(),
  horizontal_content_list: horizontal.optional(),
  sub_title_text: text.optional(),
  task_id: taskId.optional(),
  replace_text: text.optional(),
}
const jumpList = z.array(jump).max(3, String(field)).optional()
const action = jump.refine((each) => each.type !== 0, String(field))
const option = z.object({ id: bytes(128, field).min(1, String(field)), text: required })
const uniqueIds = (list: readonly { readonly id: string }[]): boolean => new Set(list.map((each) => each.id)).size === list.length
const options = (max: number) => z.array(option).min(1, String(field)).max(max, String(field)).refine(uniqueIds, String(field))
const selection = z.object({ question_key: bytes(1024, field).min(1, String(field)), title: text.optional(), option_list: options(10), selected_id: text.optional(), disable: z.boolean().optional() })
const submit = z.object({ text: required, key: bytes(1024, field).min(1, String(field)) })
const button = z.object({ type: z.literal([0, 1]).default(0), text: required, style: z.literal([1, 2, 3, 4], fails(field, field)).optional(), key: bytes(1024, field).optional(), url: url.optional() })
  .refine((each) => (each.type === 0 ? each.key !== undefined && each.key !== '' : each.url !== undefined), String(field))

/** The five cards of WeCom doc path/90236. `submit_button` and `task_id` may be absent in an update. */
function cardSchema(forUpdate: boolean) {
  const task = forUpdate ? taskId.optional() : taskId
  const submitButton = forUpdate ? submit.optional() : submit
  return z.discriminatedUnion('card_type', [
    z.object({
      card_type: z.literal('text_notice'), ...shared, main_title: mainTitle.optional(), emphasis_content: mainTitle.optional(), jump_list: jumpList, card_action: action,
    }).refine((card) => (card.main_title?.title ?? '') !== '' || (card.sub_title_text ?? '') !== '', String(field)),
    z.object({
      card_type: z.literal('news_notice'), ...shared, main_title: titled, jump_list: jumpList, card_action: action,
      card_image: z.object({ url, aspect_ratio: z.number().min(1.3, String(field)).max(2.25, String(field)).optional() }).optional(),
      image_text_area: z.looseObject({ image_url: url }).optional(),
      vertical_content_list: z.array(z.object({ title: required, desc: text.optional() })).max(4, String(field)).optional(),
    }).refine((card) => card.card_image !== undefined || card.image_text_area !== undefined, String(field)),
    z.object({
      card_type: z.literal('button_interaction'), ...shared, main_title: titled, task_id: task, card_action: jump.optional(), button_selection: selection.optional(),
      button_list: z.array(button).min(1, String(field)).max(6, String(field)),
    }),
    z.object({
      card_type: z.literal('vote_interaction'), ...shared, main_title: titled, task_id: task, submit_button: submitButton,
      checkbox: z.object({
        question_key: required, mode: z.literal([0, 1]).default(0), disable: z.boolean().optional(),
        option_list: z.array(option.extend({ is_checked: z.boolean() })).min(1, String(field)).max(20, String(field)).refine(uniqueIds, String(field)),
      }),
    }),
    z.object({
      card_type: z.literal('multiple_interaction'), ...shared, main_title: titled, task_id: task, submit_button: submitButton,
      select_list: z.array(selection).min(1, String(field)).max(3, String(field))
        .refine((list) => new Set(list.map((each) => each.question_key)).size === list.length, String(field)),
    }),
  ], fails(field, field)).refine((card) => card.action_menu === undefined || forUpdate || card.task_id !== undefined, '42014')
}

export const newCard = cardSchema(false)
export const updatedCard = cardSchema(true)
export type Card = z.output<typeof newCard>

/** Cards whose buttons call back: the send answer then carries a response code. */
export function callsBack(card: Card): boolean {
  return ['button_interaction', 'vote_interaction', 'multiple_interaction'].includes(card.card_type) || card.action_menu !== undefined
}
