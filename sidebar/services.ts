import { inject, type App, type InjectionKey } from 'vue'
import type { Api } from './api/client.ts'
import type { SignIn } from './api/sign-in.ts'

/** What a screen needs from outside; tests hand in their own. */
export interface Services {
  readonly api: Api
  readonly signIn: SignIn
}

const key: InjectionKey<Services> = Symbol('services')

export function provideServices(app: App, services: Services): void {
  app.provide(key, services)
}

export function useServices(): Services {
  const services = inject(key)
  if (!services) throw new Error('services are not provided')
  return services
}
