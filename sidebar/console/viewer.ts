import { inject, provide, type InjectionKey } from 'vue'
import type { Viewer } from '../identity/useViewer.ts'

const key: InjectionKey<Viewer> = Symbol('viewer')

/** Hands the signed-in person to the screens below. */
export function provideViewer(viewer: Viewer): void {
  provide(key, viewer)
}

/** Who is signed in. Screens are made anew when the rules change, so this never changes under one. */
export function useConsoleViewer(): Viewer {
  const viewer = inject(key)
  if (viewer === undefined) throw new Error('the console has no viewer')
  return viewer
}
