import { defineAsyncComponent, type Component } from 'vue'
import PageFailed from './PageFailed.vue'
import SkeletonLines from './SkeletonLines.vue'

/** A part that is fetched when it is first opened: a skeleton meanwhile, and words if the fetch fails. */
export function lazy<T extends Component>(loader: () => Promise<{ default: T }>): T {
  return defineAsyncComponent<T>({ loader, loadingComponent: SkeletonLines, errorComponent: PageFailed, delay: 0 })
}
