import type { Endpoint } from '../endpoint.ts'
import { agentEndpoints } from './agent.ts'
import { broadcastEndpoints } from './broadcast.ts'
import { contactWayEndpoints } from './contact-way.ts'
import { directoryEndpoints } from './directory.ts'
import { externalContactEndpoints } from './external-contact.ts'
import { groupEndpoints } from './groups.ts'
import { interceptRuleEndpoints } from './intercept-rules.ts'
import { jsapiEndpoints } from './jsapi.ts'
import { kfEndpoints } from './kf.ts'
import { mediaEndpoints } from './media.ts'
import { messageEndpoints } from './message.ts'
import { oauthEndpoints } from './oauth.ts'
import { tagEndpoints } from './tags.ts'
import { tokenEndpoints } from './token.ts'
import { transferEndpoints } from './transfer.ts'
import { welcomeEndpoints } from './welcome.ts'

const all: readonly Endpoint[] = [
  ...tokenEndpoints, ...agentEndpoints, ...directoryEndpoints, ...oauthEndpoints, ...jsapiEndpoints, ...externalContactEndpoints, ...tagEndpoints, ...interceptRuleEndpoints,
  ...contactWayEndpoints, ...welcomeEndpoints, ...transferEndpoints, ...broadcastEndpoints, ...groupEndpoints, ...messageEndpoints, ...mediaEndpoints, ...kfEndpoints,
]

/** Every API by its path. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map(all.map((each) => [each.path, each]))
