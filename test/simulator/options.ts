import type { Company } from '../company/generate.ts'

export interface CallbackTarget {
  readonly url: string
  readonly token: string
  /** The 43 characters of EncodingAESKey. */
  readonly aesKey: string
}

/** Per API; `byPath` (for example `/cgi-bin/gettoken`) overrides the default of WeCom doc path/90312. */
export interface FrequencyLimits {
  readonly perMinute?: number
  readonly perHour?: number
  readonly byPath?: Readonly<Record<string, { readonly perMinute?: number, readonly perHour?: number, readonly perDay?: number }>>
  /** App messages to one member; more are dropped in silence (path/90312). */
  readonly messagesPerMemberPerMinute?: number
  readonly messagesPerMemberPerHour?: number
}

export interface CallbackRules {
  /** How long the receiver may take. WeCom: 5,000. */
  readonly timeoutMs?: number
  /** How long the URL check may take. WeCom: 1,000. */
  readonly verifyTimeoutMs?: number
  /** Pause before a repetition; WeCom does not document it. */
  readonly retryDelayMs?: number
  readonly concurrency?: number
}

export interface StrictRules {
  /** False: the app is not in 「可调用接口的应用」, customer APIs answer 48002. */
  readonly customerApi?: boolean
  /** When given, API calls from other addresses answer 60020. */
  readonly trustedIps?: readonly string[]
  /** How long WeCom is busy sending a welcome message; a second caller gets 41096 meanwhile. */
  readonly welcomeSendMs?: number
  /** How long WeCom is busy with a tag mark or a transfer; a second writer of the same pair gets 45035 meanwhile. */
  readonly writeBusyMs?: number
  /** How long `groupchat/get` shows what was before a change; two seconds by default. */
  readonly groupStaleMs?: number
  /** How long a new broadcast cannot be read (41063). */
  readonly broadcastDispatchMs?: number
  /** Apps from before 2022-06-20 still see mobile, avatar and the like in the directory. */
  readonly legacyApp?: boolean
  /** Contact ways per corp (41045). WeCom: 500,000. */
  readonly contactWayCap?: number
  /** Corp tags (40126). WeCom: 10,000. */
  readonly corpTagCap?: number
  /** Customers of one member (40099). */
  readonly customersPerMember?: number
  /** `kf/sync_msg` without the token of an event, per minute. */
  readonly kfSyncWithoutTokenPerMinute?: number
}

export interface VisibleRange {
  readonly userids?: readonly string[]
  readonly departmentIds?: readonly number[]
}

export interface SimulatorOptions {
  readonly company: Company
  readonly corpId: string
  readonly agentId: number
  readonly secret: string
  /** The directory sync assistant's secret (通讯录同步). */
  readonly contactSecret?: string
  readonly callback: CallbackTarget
  readonly contactCallback?: CallbackTarget
  /** The API's port; 0 or nothing picks a free one. */
  readonly port?: number
  readonly webview?: { readonly port?: number, readonly target: string }
  /** Unix ms. The simulator adds what `controls.advance` was told. */
  readonly clock?: () => number
  /** Host (with port) that redirect addresses must have; the webview's by default. */
  readonly trustedDomain?: string
  readonly visible?: VisibleRange
  readonly limits?: FrequencyLimits
  readonly callbacks?: CallbackRules
  readonly strict?: StrictRules
}
