import { z } from 'zod'
import type { Caller } from './call.ts'
import { pagesOf } from './paging.ts'
import { integer, integerOr, listOf, nothing, text, textOrNull, userid } from './wire.ts'

/** A QR code 「联系我」 as WeCom keeps it. */
export interface ContactWay {
  readonly configId: string
  readonly kind: 'single' | 'multi'
  readonly remark: string
  readonly skipVerify: boolean
  readonly state: string
  readonly userids: readonly string[]
  readonly departmentIds: readonly number[]
  readonly qrCodeUrl: string | null
}

export interface ContactWayDraft {
  /** `single` takes exactly one userid and no department; `multi` at most 100 people after expansion. */
  readonly kind: 'single' | 'multi'
  /** At most 30 characters; comes back as `state` of the added event. */
  readonly state: string
  /** At most 30 characters. */
  readonly remark?: string | undefined
  readonly skipVerify?: boolean | undefined
  readonly userids: readonly string[]
  readonly departmentIds?: readonly number[] | undefined
}

/** Kind cannot change; userids and departmentIds replace what was there. */
export type ContactWayChange = Partial<Omit<ContactWayDraft, 'kind'>>

const wayWire = z.object({
  config_id: z.string().min(1), type: integer, remark: text, skip_verify: z.boolean().nullish(), state: text,
  user: listOf(userid), party: listOf(integer), qr_code: textOrNull, scene: integerOr(0),
}).transform((wire): ContactWay => ({
  configId: wire.config_id,
  kind: wire.type === 1 ? 'single' : 'multi',
  remark: wire.remark,
  skipVerify: wire.skip_verify ?? true,
  state: wire.state,
  userids: wire.user,
  departmentIds: wire.party,
  qrCodeUrl: wire.qr_code,
}))

const addedWire = z.object({ config_id: z.string().min(1), qr_code: textOrNull })
const pageWire = z.object({ contact_way: z.array(z.object({ config_id: z.string() })), next_cursor: textOrNull })

function changeBody(change: ContactWayChange): Readonly<Record<string, unknown>> {
  return {
    remark: change.remark,
    skip_verify: change.skipVerify,
    state: change.state,
    user: change.userids,
    party: change.departmentIds,
  }
}

/** QR codes of members (WeCom doc path/92228). Scene is always 2, the QR code. */
export function contactWayCalls(call: Caller) {
  return {
    /** Makes a code. Not safe to repeat: see `repeatRules['contactWay.add']`. */
    async addContactWay(draft: ContactWayDraft): Promise<{ readonly configId: string, readonly qrCodeUrl: string | null }> {
      const wire = await call({
        endpoint: 'externalcontact/add_contact_way', write: 'contactWay.add', answer: addedWire,
        body: { type: draft.kind === 'single' ? 1 : 2, scene: 2, ...changeBody(draft) },
      })
      return { configId: wire.config_id, qrCodeUrl: wire.qr_code }
    },

    getContactWay: async (configId: string): Promise<ContactWay> =>
      (await call({
        endpoint: 'externalcontact/get_contact_way', body: { config_id: configId }, answer: z.object({ contact_way: wayWire }),
      })).contact_way,

    /** Pages of config ids made between two moments (ms), of this app, not the temporary ones. */
    listContactWays: (between: { readonly from: number, readonly to: number }): AsyncGenerator<readonly string[], void> =>
      pagesOf('externalcontact/list_contact_way', async (cursor) => {
        const wire = await call({
          endpoint: 'externalcontact/list_contact_way', answer: pageWire,
          body: {
            start_time: Math.floor(between.from / 1000), end_time: Math.ceil(between.to / 1000), limit: 1000,
            ...(cursor === '' ? {} : { cursor }),
          },
        })
        return { items: wire.contact_way.map((way) => way.config_id), nextCursor: wire.next_cursor }
      }),

    async updateContactWay(configId: string, change: ContactWayChange): Promise<void> {
      await call({
        endpoint: 'externalcontact/update_contact_way', write: 'contactWay.update', answer: nothing,
        body: { config_id: configId, ...changeBody(change) },
      })
    },

    /** 41044 (gone) if it was already deleted. */
    async deleteContactWay(configId: string): Promise<void> {
      await call({
        endpoint: 'externalcontact/del_contact_way', write: 'contactWay.delete', body: { config_id: configId }, answer: nothing,
      })
    },
  }
}
