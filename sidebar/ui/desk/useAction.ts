import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, Superseded, type ApiFailure } from '../../api/failure.ts'

export interface Action<Input extends readonly unknown[]> {
  /** True while it runs; a second press meanwhile does nothing. */
  readonly isBusy: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  /** True when it went through. */
  readonly run: (...input: Input) => Promise<boolean>
}

/** One thing that a person does with a button: busy while it runs, its failure kept until the next try. */
export function useAction<Input extends readonly unknown[]>(work: (...input: Input) => Promise<unknown>): Action<Input> {
  const isBusy = ref(false)
  const failure = shallowRef<ApiFailure | null>(null)

  async function run(...input: Input): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    failure.value = null
    try {
      await work(...input)
      return true
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) failure.value = asFailure(thrown)
      return false
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, failure, run }
}
