/** One planned misbehaviour of the API side. */
export interface ApiFault {
  /** `/cgi-bin/…` or `*`. */
  readonly path: string
  /**
   * `slow` answers after `ms`; `busy` is -1; `limit` is 45009; `errcode` any code; `http` an HTTP status;
   * `cut` closes the connection before the work, `lost` after it (the work is done, the answer never arrives);
   * `changed` answers what `change` makes of the answer, as WeCom may do one day with what is not documented.
   */
  readonly kind: 'slow' | 'busy' | 'limit' | 'errcode' | 'http' | 'cut' | 'lost' | 'changed'
  readonly change?: (answer: Readonly<Record<string, unknown>>) => Record<string, unknown>
  readonly ms?: number
  readonly errcode?: number
  readonly status?: number
  /** How often it strikes before it is used up; for ever by default. */
  readonly times?: number
  readonly probability?: number
}

/** The list of planned faults; the first one that fits a call strikes. */
export class ApiFaults {
  #faults: { fault: ApiFault, left: number }[] = []

  add(fault: ApiFault): void {
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#faults = []
  }

  list(): ApiFault[] {
    return this.#faults.map(({ fault }) => fault)
  }

  /** The fault for this call, counted as used. */
  take(path: string): ApiFault | undefined {
    const entry = this.#faults.find(({ fault, left }) =>
      left > 0 && (fault.path === '*' || fault.path === path) && Math.random() < (fault.probability ?? 1))
    if (entry === undefined) return undefined
    entry.left -= 1
    this.#faults = this.#faults.filter(({ left }) => left > 0)
    return entry.fault
  }
}
