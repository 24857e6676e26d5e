/** Where something stood, and when it may have been seen there: from before the change that brought it until after the one that took it. */
interface Stay<Place> {
  readonly place: Place
  readonly from: number
  until: number
}

/** What a test itself moves, with its history, so that an answer can be judged by the moments at which it may have been read. */
export class Standings<Place> {
  readonly #stays = new Map<number, Stay<Place>[]>()

  begin(thing: number, place: Place): void {
    this.#stays.set(thing, [{ place, from: 0, until: Infinity }])
  }

  placeOf(thing: number): Place | undefined {
    return this.#stays.get(thing)?.at(-1)?.place
  }

  /** Both places count while the move is under way. */
  async move(thing: number, place: Place, change: () => Promise<void>): Promise<void> {
    const stays = this.#stays.get(thing) ?? []
    const left = stays.at(-1)
    stays.push({ place, from: performance.now(), until: Infinity })
    await change()
    if (left !== undefined) left.until = performance.now()
  }

  /** Where it may have been seen between these moments. */
  between(thing: number, began: number, ended: number): Place[] {
    return (this.#stays.get(thing) ?? []).filter((stay) => stay.from <= ended && stay.until >= began).map((stay) => stay.place)
  }

  things(): number[] {
    return [...this.#stays.keys()]
  }
}
