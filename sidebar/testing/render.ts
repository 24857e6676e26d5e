import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { effectScope, type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { createApi } from '../api/client.ts'
import { createSignIn, type SignIn } from '../api/sign-in.ts'
import { consoleRoutes } from '../console/menu.ts'
import { consoleTexts } from '../locales/console/index.ts'
import { createTexts, type Language } from '../locales/i18n.ts'
import { provideServices } from '../services.ts'
import type { FakeServer } from './fake-server.ts'

/** What a person sees and does. */
export interface Screen {
  readonly text: () => string
  readonly button: (name: string) => HTMLButtonElement | null
  readonly press: (name: string) => Promise<void>
  readonly input: (label: string) => HTMLInputElement | HTMLSelectElement
  readonly type: (label: string, text: string) => Promise<void>
  readonly root: Element
  readonly signIn: SignIn
  /** The addresses that the page was sent to. */
  readonly wentTo: readonly string[]
  readonly close: () => void
}

interface RenderInput {
  readonly server: FakeServer
  readonly props?: Record<string, unknown>
  readonly language?: Language
  /** The address of a screen of the console; without it the component stands alone. */
  readonly at?: string
}

const nameOf = (element: Element): string => (element.getAttribute('aria-label') ?? element.textContent ?? '').trim()

function inputOf(root: Element, label: string): HTMLInputElement | HTMLSelectElement {
  const found = [...root.querySelectorAll('label')].find((element) => element.textContent?.trim().startsWith(label))
  const control = root.querySelector(`[id="${found?.htmlFor ?? ''}"]`)
  if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) return control
  throw new Error(`no input labelled ${label}`)
}

function screenOf(wrapper: VueWrapper, signIn: SignIn, wentTo: readonly string[]): Screen {
  const root = document.body
  const button = (name: string): HTMLButtonElement | null =>
    [...root.querySelectorAll('button')].find((element) => nameOf(element) === name) ?? null
  return {
    root, button, signIn, wentTo,
    text: () => {
      const copy = root.cloneNode(true)
      if (copy instanceof Element) for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove()
      return (copy.textContent ?? '').replace(/\s+/g, ' ').trim()
    },
    async press(name) {
      const found = button(name)
      if (!found) throw new Error(`no button ${name}`)
      found.click()
      if (found.type === 'submit') found.form?.dispatchEvent(new Event('submit', { cancelable: true }))
      await settled()
    },
    input: (label) => inputOf(root, label),
    async type(label, text) {
      const control = inputOf(root, label)
      control.value = text
      control.dispatchEvent(new Event(control instanceof HTMLSelectElement ? 'change' : 'input'))
      await settled()
    },
    close: () => wrapper.unmount(),
  }
}

/** Waits until answers and lazily loaded parts have arrived. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await flushPromises()
}

/** The one renderer: a component with real texts, the real client and a fake server behind it. */
export async function renderScreen(component: Component, { server, props = {}, language = 'zh-CN', at }: RenderInput): Promise<Screen> {
  const wentTo: string[] = []
  const signIn = createSignIn({
    surface: 'sidebar', storage: sessionStorage,
    location: { pathname: '/sidebar/', search: '?from=chat', hash: '', assign: (address) => { wentTo.push(String(address)) } },
  })
  const api = createApi({ fetch: server.fetch, language: () => language, onSignedOut: signIn.begin, onAnswer: signIn.succeeded })
  const texts = await createTexts(language, consoleTexts)
  const router = createRouter({ history: createMemoryHistory(), routes: [...consoleRoutes] })
  if (at !== undefined) await router.push(at)
  const wrapper = mount(component, {
    props, attachTo: document.body,
    global: { plugins: [texts, ...(at === undefined ? [] : [router]), (app) => provideServices(app, { api, signIn })] },
  })
  await settled()
  return screenOf(wrapper, signIn, wentTo)
}

/** Runs a composable alone; `stop` ends it like an unmounted component. */
export function runAlone<T>(setup: () => T): { readonly result: T, readonly stop: () => void } {
  const scope = effectScope()
  const result = scope.run(setup)
  if (result === undefined) throw new Error('the composable returned nothing')
  return { result, stop: () => scope.stop() }
}
