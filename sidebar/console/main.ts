import { ElConfigProvider } from 'element-plus'
import en from 'element-plus/es/locale/lang/en.mjs'
import zhCn from 'element-plus/es/locale/lang/zh-cn.mjs'
import { createApp, h } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { createApi } from '../api/client.ts'
import { createSignIn, takePlace } from '../api/sign-in.ts'
import { consoleTexts } from '../locales/console/index.ts'
import { chosenLanguage, createTexts } from '../locales/i18n.ts'
import { provideServices } from '../services.ts'
import '../ui/base.css'
import './desk.css'
import ConsoleApp from './ConsoleApp.vue'
import { consoleRoutes } from './menu.ts'

async function start(): Promise<void> {
  const language = chosenLanguage(localStorage)
  const place = takePlace(sessionStorage)
  // WeCom's own mark (`#wechat_redirect`) is no screen.
  if (place !== '' && !/^#\/./.test(location.hash)) history.replaceState(null, '', place)
  const signIn = createSignIn({ surface: 'console', location, storage: sessionStorage })
  const api = createApi({
    fetch: (...request) => fetch(...request),
    language: () => language,
    onSignedOut: signIn.begin,
    onAnswer: signIn.succeeded,
  })
  const app = createApp({ render: () => h(ElConfigProvider, { locale: language === 'en' ? en : zhCn }, { default: () => h(ConsoleApp) }) })
  app.use(await createTexts(language, consoleTexts))
  app.use(createRouter({ history: createWebHashHistory(), routes: [...consoleRoutes] }))
  provideServices(app, { api, signIn })
  app.mount('#app')
}

void start()
