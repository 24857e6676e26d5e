import { readonly, ref, type Ref } from 'vue'

/** Which rules the shown data was decided under. Everything shown belongs to one generation and dies with it (S26). */
export interface AccessEpoch {
  /** Grows by one whenever the rules in force changed; screens are keyed by it. */
  readonly generation: Readonly<Ref<number>>
  /**
   * Takes `x-access-epoch` and `x-access-since` of an answer. The first one is the starting point, each different one a change:
   * the epoch is raised by whoever changes rules, the instant moves when one begins or ends by the clock (S18, S51).
   */
  observe: (epoch: string | null, since: string | null) => void
}

export function createAccessEpoch(): AccessEpoch {
  const generation = ref(0)
  let known: string | null = null
  return {
    generation: readonly(generation),
    observe(epoch, since) {
      if (epoch === null) return
      const rules = `${epoch} ${since}`
      if (rules === known) return
      if (known !== null) generation.value += 1
      known = rules
    },
  }
}
