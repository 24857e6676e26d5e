import { createApp } from 'vue'
import { createApi } from '../api/client.ts'
import { createSignIn } from '../api/sign-in.ts'
import { chosenLanguage, createTexts } from '../locales/i18n.ts'
import { provideServices } from '../services.ts'
import '../ui/base.css'
import ConsoleApp from './ConsoleApp.vue'

async function start(): Promise<void> {
  const language = chosenLanguage(localStorage)
  const signIn = createSignIn({ surface: 'console', location, storage: sessionStorage })
  const api = createApi({
    fetch: (...request) => fetch(...request),
    language: () => language,
    onSignedOut: signIn.begin,
    onAnswer: signIn.succeeded,
  })
  const app = createApp(ConsoleApp)
  app.use(await createTexts(language))
  provideServices(app, { api, signIn })
  app.mount('#app')
}

void start()
