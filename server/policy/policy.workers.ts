import type { OutboxHandler } from '../jobs/index.ts'
import type { PolicyOptions } from './policy-options.ts'
import { previewEffect } from './previews.ts'

/** What happens after a commit. */
export function policyEffects(options: PolicyOptions): [string, OutboxHandler][] {
  return [['policy.preview', previewEffect(options)]]
}
