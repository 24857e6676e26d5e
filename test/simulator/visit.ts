/** Who stands behind an OAuth code: an own member, a linked company's member, or somebody from outside. */
export type Visit =
  | { readonly kind: 'member', readonly userid: string }
  | { readonly kind: 'linked', readonly userid: string }
  | { readonly kind: 'outsider', readonly openid: string, readonly externalUserId?: string }

/** Reads the `sim_staff` cookie: `clerk01`, `linkedcorp/alice`, or `openid:oXXXX`. */
export function visitFrom(cookie: string): Visit {
  if (cookie.startsWith('openid:')) return { kind: 'outsider', openid: cookie.slice('openid:'.length) }
  if (cookie.includes('/')) return { kind: 'linked', userid: cookie }
  return { kind: 'member', userid: cookie }
}
