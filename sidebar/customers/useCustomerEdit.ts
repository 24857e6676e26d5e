import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { CustomerCard } from '#shared/contracts/customers'
import { asFailure, Superseded, type ApiFailure } from '../api/failure.ts'
import { routes } from '../api/routes.ts'
import { useServices } from '../services.ts'
import { readDraft, writeDraft, type Draft } from './drafts.ts'
import { patchOf, presentText, problemOf, writableFields, type Changes, type EditableField, type Problem } from './edit-fields.ts'

export interface CustomerEdit {
  readonly fields: ComputedRef<readonly EditableField[]>
  readonly changes: ComputedRef<Changes>
  readonly problems: ComputedRef<Partial<Record<EditableField, Problem>>>
  readonly isDirty: ComputedRef<boolean>
  /** The customer changed since the draft began; saving waits until the person has compared. */
  readonly isBehind: ComputedRef<boolean>
  readonly isSaving: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  readonly textOf: (field: EditableField) => string
  /** Sets a field; undefined takes the change back, null clears the field. */
  readonly set: (field: EditableField, text: string | null | undefined) => void
  readonly reviewed: () => void
  readonly discard: () => void
  /** Sends the changed fields with their version; the new card, or null when it did not work (the draft stays). */
  readonly save: () => Promise<CustomerCard | null>
}

interface EditInput {
  readonly card: () => CustomerCard
  readonly userid: string
  readonly storage: Storage
}

/** An edit of one customer: only what is writable, only what was changed, and nothing typed is lost by a reload. */
export function useCustomerEdit({ card, userid, storage }: EditInput): CustomerEdit {
  const { api } = useServices()
  const id = card().customer.externalUserId
  const draft = shallowRef<Draft | null>(readDraft(storage, userid, id))
  const isSaving = ref(false)
  const failure = shallowRef<ApiFailure | null>(null)
  let isOpen = true
  onScopeDispose(() => { isOpen = false })

  const fields = computed(() => writableFields(card()))
  const changes = computed(() => {
    const kept: Changes = {}
    for (const field of fields.value) if (draft.value?.changes[field] !== undefined) kept[field] = draft.value.changes[field]
    return kept
  })
  const problems = computed(() => {
    const found: Partial<Record<EditableField, Problem>> = {}
    for (const field of fields.value) {
      const text = changes.value[field]
      const problem = text === undefined ? null : problemOf(field, text)
      if (problem) found[field] = problem
    }
    return found
  })

  function keep(next: Draft | null): void {
    draft.value = next && Object.keys(next.changes).length > 0 ? next : null
    writeDraft(storage, userid, id, draft.value)
  }

  function set(field: EditableField, text: string | null | undefined): void {
    const next: Changes = { ...draft.value?.changes }
    // Back to what is there already, or an empty input over a mask: nothing to change.
    if (text === undefined || text === presentText(card(), field)) delete next[field]
    else next[field] = text
    keep({ version: draft.value?.version ?? card().customer.version, changes: next })
  }

  async function save(): Promise<CustomerCard | null> {
    const sent = draft.value
    if (!sent || isSaving.value) return null
    isSaving.value = true
    failure.value = null
    try {
      const saved = await api.call(routes.patchCustomer, { params: { externalUserId: id }, body: patchOf(sent.version, changes.value) })
      // Also when the screen is gone by now: what is saved is no draft any more.
      writeDraft(storage, userid, id, null)
      return isOpen ? saved : null
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) failure.value = asFailure(thrown)
      return null
    } finally {
      isSaving.value = false
    }
  }

  return {
    fields, changes, problems, isSaving, failure, set, save,
    isDirty: computed(() => Object.keys(changes.value).length > 0),
    isBehind: computed(() => draft.value !== null && draft.value.version !== card().customer.version),
    textOf: (field) => {
      const text = changes.value[field]
      return text === undefined ? presentText(card(), field) : text ?? ''
    },
    reviewed: () => keep(draft.value && { ...draft.value, version: card().customer.version }),
    discard: () => keep(null),
  }
}
