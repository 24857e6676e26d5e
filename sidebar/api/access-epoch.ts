import { readonly, ref, type Ref } from 'vue'

/** Which rules the shown data was decided under. Everything shown belongs to one generation and dies with it (S26). */
export interface AccessEpoch {
  /** Grows by one whenever the rules in force changed; screens are keyed by it. */
  readonly generation: Readonly<Ref<number>>
  /** Takes the `x-access-epoch` of an answer. The first one is the starting point, each different one a change. */
  observe: (epoch: string | null) => void
}

export function createAccessEpoch(): AccessEpoch {
  const generation = ref(0)
  let known: string | null = null
  return {
    generation: readonly(generation),
    observe(epoch) {
      if (epoch === null || epoch === known) return
      if (known !== null) generation.value += 1
      known = epoch
    },
  }
}
