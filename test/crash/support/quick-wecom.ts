import { createServices, type ServiceOptions, type Services } from '../../../server/services.ts'
import { createTokenStore } from '../../../server/database/token-store.ts'
import { createWecomClient, type WecomClient } from '../../../server/wecom/index.ts'

type Limits = NonNullable<Parameters<typeof createWecomClient>[0]['limits']>
type Timers = NonNullable<Parameters<typeof createWecomClient>[0]['timers']>

const fast = { perSecond: 2_000, burst: 2_000, maxWaitMs: 2_000 }

/** The endpoints that callbacks make us call, each without our own brake. */
const withoutBrake: Limits = Object.fromEntries([
  'externalcontact/get', 'externalcontact/send_welcome_msg', 'externalcontact/get_corp_tag_list', 'externalcontact/mark_tag', 'kf/sync_msg', 'message/send',
].map((endpoint) => [endpoint, fast]))

/**
 * The product's services, except that they call WeCom as fast as the simulator answers: our own limit of 20 calls a second
 * and API would stretch ten thousand callbacks over minutes, and what is tested here is not that limit.
 */
export function quickServices(options: ServiceOptions, timers?: Timers): Services {
  const made = createServices(options)
  return { ...made, wecom: quickWecom(made, timers) }
}

function quickWecom({ config, database, sealer, clock, log, metrics }: Services, timers: Timers | undefined): WecomClient {
  return createWecomClient({
    apiBase: config.wecom.apiBase, corpId: config.wecom.corpId, agentId: config.wecom.agentId, secrets: { app: config.wecom.secret },
    tokens: createTokenStore(database, sealer, clock), clock, log, onCall: metrics.onWecomCall, limits: withoutBrake, timers,
  })
}
