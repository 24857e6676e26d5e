import type { ApiCallRecord, ApiParts } from '../api-server.ts'
import type { ApiFault } from '../api-faults.ts'
import type { Delivery, DeliveryFaults } from '../callbacks/sender.ts'
import { randomText } from '../ids.ts'
import { completeTransfer, failTransfer, settleDueTransfers } from '../transfers.ts'
import type { TransferRecord } from '../records.ts'
import { visitFrom } from '../visit.ts'

export interface Clock {
  offsetMs: number
}

/** The machinery: time, tokens, faults, callbacks, transfers, sign-in codes. */
export function serviceControls(parts: ApiParts, clock: Clock) {
  const { core, faults } = parts
  const { state, callbacks } = core

  function waitingTransfer(externalUserId: string): TransferRecord {
    const transfer = state.transfers.find((each) => each.externalUserId === externalUserId && each.status === 2)
    if (transfer === undefined) throw new Error(`no transfer of ${externalUserId} is waiting`)
    return transfer
  }

  return {
    /** Moves the simulator's clock forward; transfers whose 24 hours are over happen. */
    advance(ms: number): void {
      clock.offsetMs += ms
      settleDueTransfers(core)
    },

    /** Completes waiting transfers now, of one customer or all. */
    runOutTransfers(externalUserId?: string): number {
      const waiting = state.transfers.filter((each) => each.status === 2 && (externalUserId === undefined || each.externalUserId === externalUserId))
      for (const transfer of waiting) completeTransfer(core, transfer)
      return waiting.length
    },

    transferFail(externalUserId: string, reason: 'customer_refused' | 'customer_limit_exceed' = 'customer_refused'): void {
      failTransfer(core, waitingTransfer(externalUserId), reason)
    },

    /** Every token in use answers 42001 from now on. */
    expireTokens(): void {
      for (const token of state.tokens.values()) token.expiresAt = Math.min(token.expiresAt, core.now())
    },

    /** Every token in use is unknown (40014), as after a reset of the secret. */
    revokeTokens: () => state.tokens.clear(),
    expireTickets: () => state.tickets.clear(),

    /** A message as it is, encrypted and signed like any other; for hostile or unknown events. */
    sendRaw: (xml: string, to: 'app' | 'contact' = 'app'): Delivery => callbacks.send(to, xml),
    verifyCallbackUrl: (to: 'app' | 'contact' = 'app') => callbacks.verifyUrl(to),
    /** Waits until every callback has been answered or given up. */
    callbacksIdle: (): Promise<void> => callbacks.idle(),
    deliveries: (): readonly Delivery[] => callbacks.deliveries,
    setCallbackFaults(change: Partial<DeliveryFaults>): DeliveryFaults {
      return Object.assign(callbacks.faults, change)
    },

    addApiFault: (fault: ApiFault): void => faults.add(fault),
    clearApiFaults: (): void => faults.clear(),
    /** What our server asked, oldest first; of one path, or all. */
    calls(path?: string): ApiCallRecord[] {
      return parts.calls.filter((call) => path === undefined || call.path === path)
    },

    /** A fresh OAuth code as a redirect would carry it: `clerk01`, `linkedcorp/alice`, `openid:oXXXX`. */
    oauthCode(who: string, options: { externalUserId?: string, privateInfo?: boolean } = {}): string {
      const code = randomText(43)
      const visit = visitFrom(who)
      const known = visit.kind === 'outsider' && options.externalUserId !== undefined ? { ...visit, externalUserId: options.externalUserId } : visit
      state.oauthCodes.set(code, { code, visit: known, privateInfo: options.privateInfo ?? false, issuedAt: core.now(), used: false })
      return code
    },
  }
}
