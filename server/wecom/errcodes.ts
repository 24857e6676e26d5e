/**
 * What a WeCom errcode means for us (WeCom doc path/90313).
 * - transient: the same call may succeed in a moment
 * - limited: too many calls; wait for the penalty window
 * - auth: our app, secret, IP or granted permission is wrong; a person must repair it
 * - gone: the thing that was named does not exist (any more) or has no relation to us
 * - refused: WeCom understood and said no; repeating changes nothing
 * - bug: our request was malformed, or the answer was not what is documented
 */
export type WecomErrorKind = 'transient' | 'limited' | 'auth' | 'gone' | 'refused' | 'bug'

const codesByKind: Readonly<Record<WecomErrorKind, readonly number[]>> = {
  transient: [-1, 6000, 41063, 41079, 41096],
  limited: [45009, 45033, 45035],
  auth: [
    40001, 40013, 40014, 40091, 41001, 41002, 41004, 42001, 42012, 40093, 43012,
    48001, 48002, 48003, 48004, 48005, 48006, 48007, 48009, 48010, 48011,
    50001, 50003, 60020, 60031, 80001, 84074, 85005, 91040, 92002, 92003,
    301002, 301007, 301042, 301052, 301053, 610024, 701008,
  ],
  gone: [
    40003, 40007, 40096, 41044, 41047, 41050, 41061, 41070, 41071, 42016, 42052,
    49008, 60003, 60111, 60123, 60136, 60140, 84061, 84084, 90501, 90509, 95007, 95013, 301048, 301061, 610004,
  ],
  refused: [
    40029, 42003, 42022, 40071, 40097, 40098, 40099, 40100, 40126, 40128, 40129, 40130, 40131, 40143, 40144, 40201, 40204, 40205,
    41045, 41048, 41051, 41052, 41053, 41054, 41055, 41058, 41068, 41069, 41076, 41077, 41093, 41094, 41095, 42015, 45036,
    50002, 60011, 60021, 60030, 81013, 81017, 84014, 90500, 90502, 90504, 90507, 90508,
    95001, 95002, 95011, 95012, 95016, 95018, 301059, 610023,
  ],
  bug: [
    40004, 40005, 40006, 40008, 40009, 40011, 40031, 40032, 40035, 40056, 40058, 40063, 40066, 40068, 40123, 40145,
    41035, 41037, 41038, 41039, 41040, 41041, 41042, 41043, 41046, 41049, 41056, 41059, 41060, 41062, 41064, 41065, 41067,
    41072, 41080, 41081, 41082, 41083, 41084, 41091, 41110, 41111, 41201, 42014, 42017, 42018, 45001, 45002, 45029,
    50100, 60268, 81012, 82001, 82002, 82003, 95000, 95004, 301058, 301060,
  ],
}

const kinds = new Map<number, WecomErrorKind>()
for (const kind of ['transient', 'limited', 'auth', 'gone', 'refused', 'bug'] as const) {
  for (const code of codesByKind[kind]) kinds.set(code, kind)
}
/** Missing, illegal or duplicate template-card fields. */
for (let code = 42027; code <= 42051; code += 1) kinds.set(code, 'bug')

/** The kind of an errcode. An unknown one counts as refused: it is reported and never repeated by itself. */
export function kindOfErrcode(errcode: number): WecomErrorKind {
  return kinds.get(errcode) ?? 'refused'
}

/** Every errcode that the table names; for tests and the permission check. */
export const knownErrcodes: ReadonlySet<number> = new Set(kinds.keys())

/** The access_token is dead: drop it, fetch another, repeat once (WeCom doc path/91039). */
export const deadTokenErrcodes: ReadonlySet<number> = new Set([40014, 42001])

/** Worth up to three tries within one call; 41096 means that another app is delivering the welcome message. */
export const busyErrcodes: ReadonlySet<number> = new Set([-1, 6000, 41096])

/** Frequency limit: the penalty lasts as long as the exceeded window, so a short wait is useless. */
export const frequencyErrcode = 45009
