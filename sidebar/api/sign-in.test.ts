import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createSignIn, takePlace } from './sign-in.ts'

function page(hash = ''): { location: Pick<Location, 'pathname' | 'search' | 'hash' | 'assign'>, went: string[] } {
  const went: string[] = []
  return { location: { pathname: '/sidebar/', search: '?a=1&b=2', hash, assign: (address) => { went.push(String(address)) } }, went }
}

beforeEach(() => sessionStorage.clear())

describe('sign-in', () => {
  it('goes once per page load, and says where to come back to', () => {
    const { location, went } = page()
    const signIn = createSignIn({ surface: 'sidebar', location, storage: sessionStorage })
    signIn.begin()
    signIn.begin()
    expect(went).toEqual(['/auth/wecom?surface=sidebar&return=%2Fsidebar%2F%3Fa%3D1%26b%3D2'])
    expect(signIn.signedOut.value).toBe(true)
  })

  it('does not turn in a circle: a second page that is refused at once stays and offers a button', () => {
    createSignIn({ surface: 'console', location: page().location, storage: sessionStorage }).begin()
    const { location, went } = page()
    const second = createSignIn({ surface: 'console', location, storage: sessionStorage })
    second.begin()
    expect(went).toEqual([])
    expect(second.stuck.value).toBe(true)
    second.again()
    expect(went).toHaveLength(1)
  })

  it('goes by itself again when an answer came in between, or after a while', () => {
    const first = createSignIn({ surface: 'sidebar', location: page().location, storage: sessionStorage })
    first.begin()
    first.succeeded()
    const second = page()
    createSignIn({ surface: 'sidebar', location: second.location, storage: sessionStorage }).begin()
    expect(second.went).toHaveLength(1)
    vi.useFakeTimers({ now: Date.now() + 60_000 })
    const third = page()
    createSignIn({ surface: 'sidebar', location: third.location, storage: sessionStorage }).begin()
    expect(third.went).toHaveLength(1)
    vi.useRealTimers()
  })

  it('comes back to the screen from which it went, once, and to no other address', () => {
    createSignIn({ surface: 'console', location: page('#/approvals/7').location, storage: sessionStorage }).begin()
    expect([takePlace(sessionStorage), takePlace(sessionStorage)]).toEqual(['#/approvals/7', ''])
    for (const hash of ['', '#javascript:1', '#x']) {
      createSignIn({ surface: 'console', location: page(hash).location, storage: sessionStorage }).again()
      expect([hash, takePlace(sessionStorage)]).toEqual([hash, ''])
    }
  })
})
