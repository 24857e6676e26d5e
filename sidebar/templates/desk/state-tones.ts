import type { VersionState } from '#shared/template-words'

/** How states are coloured in tables and heads. */
export const stateTones: Readonly<Record<VersionState, 'success' | 'warning' | 'danger' | 'info' | 'primary'>> = {
  draft: 'danger', screened: 'primary', waiting: 'warning', published: 'success', replaced: 'info', retired: 'info',
}
