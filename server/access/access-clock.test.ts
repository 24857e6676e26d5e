import { describe, expect, it } from 'vitest'
import { createAccessClock } from './access-clock.ts'

/** A clock over a wall clock that the test sets, with what it stored. */
function clockAt(start: number, everyMs?: number) {
  const wall = { now: start, fails: false }
  const stored: number[] = []
  const clock = createAccessClock({
    clock: () => wall.now,
    store: (now) => {
      if (wall.fails) return Promise.reject(new Error('no database'))
      stored.push(now)
      return Promise.resolve()
    },
    ...(everyMs === undefined ? {} : { everyMs }),
  })
  return { wall, stored, clock }
}

describe('the clock of access', () => {
  it('goes on with the wall clock, and never back with it: no expired grant lives again', () => {
    const { wall, clock } = clockAt(5_000)
    expect(clock.now()).toBe(5_000)
    wall.now = 7_000
    expect(clock.now()).toBe(7_000)
    wall.now = 6_000
    expect(clock.now()).toBe(7_000)
  })

  it('is never behind a mark that another process stored, whatever its own wall clock says', () => {
    const { wall, clock } = clockAt(5_000)
    clock.learn(9_000)
    expect(clock.now()).toBe(9_000)
    clock.learn(8_000)
    expect(clock.now()).toBe(9_000)
    wall.now = 10_000
    expect(clock.now()).toBe(10_000)
  })

  it('stores its reading once a second, and not before', async () => {
    const { wall, stored, clock } = clockAt(5_000)
    for (const now of [5_000, 5_999, 6_000, 6_001, 6_999, 7_000]) {
      wall.now = now
      await clock.keep()
    }
    expect(stored).toEqual([5_000, 6_000, 7_000])
    const often = clockAt(5_000, 10)
    for (const now of [5_000, 5_009, 5_010]) {
      often.wall.now = now
      await often.clock.keep()
    }
    expect(often.stored).toEqual([5_000, 5_010])
  })

  it('does not store what somebody else stored less than a second ago', async () => {
    const { wall, stored, clock } = clockAt(5_000)
    clock.learn(5_000)
    clock.learn(4_000)
    wall.now = 5_999
    await clock.keep()
    expect(stored).toEqual([])
    wall.now = 6_000
    await clock.keep()
    expect(stored).toEqual([6_000])
  })

  it('tries again at the next call what could not be stored, and says so', async () => {
    const { wall, stored, clock } = clockAt(5_000)
    wall.fails = true
    await expect(clock.keep()).rejects.toThrow('no database')
    wall.fails = false
    await clock.keep()
    expect(stored).toEqual([5_000])
  })

  it('stores once what is asked for twice at the same time', async () => {
    const { stored, clock } = clockAt(5_000)
    await Promise.all([clock.keep(), clock.keep()])
    expect(stored).toEqual([5_000])
  })
})
