import type { Figure } from '#shared/contracts/reports'

/** The number as people read it; null for a small group, which has none to show. */
export const figureText = (figure: Figure): string | null => ('value' in figure ? figure.value.toLocaleString('zh-CN') : null)
