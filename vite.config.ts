import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { LongTestsFirst } from './test/support/long-tests-first.ts'

/** Where each page lands below `dist/web`, that is, the address at which the server shows it. */
const pages: Readonly<Record<string, string>> = {
  'sidebar/chat/index.html': 'sidebar/index.html',
  'sidebar/console/index.html': 'console/index.html',
}

/** Puts the pages at their addresses and a `.br` and `.gz` beside every text file, so that the server compresses nothing. */
function pagesAndCompression(): Plugin {
  const brotli = promisify(brotliCompress)
  const zip = promisify(gzip)
  return {
    name: 'pages-and-compression',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) file.fileName = pages[file.fileName] ?? file.fileName
    },
    async writeBundle({ dir = '' }, bundle) {
      const texts = Object.values(bundle).map((file) => file.fileName).filter((name) => /\.(html|js|css|svg|json)$/.test(name))
      await Promise.all(texts.map(async (name) => {
        const path = join(dir, name)
        const content = await readFile(path)
        await writeFile(`${path}.br`, await brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }))
        await writeFile(`${path}.gz`, await zip(content, { level: constants.Z_BEST_COMPRESSION }))
      }))
    },
  }
}

/**
 * vue-i18n looks up a name in `* as Vue` that Vue 3 does not export; the lookup alone keeps all of Vue in the bundle (18 KB gzip).
 * A version of vue-i18n without the lookup stops the build, so that this is removed then.
 */
function leanVueI18n(): Plugin {
  const lookup = /if \(key in Vue\) \{\s*return Vue\[key\];\s*\}\s*else \{\s*(return Vue\.getCurrentInstance\(\);)\s*\}/
  return {
    name: 'lean-vue-i18n',
    apply: 'build',
    transform: {
      filter: { id: /vue-i18n\/dist\/vue-i18n\.mjs$/ },
      handler(code) {
        if (!lookup.test(code)) this.error('vue-i18n no longer looks up currentInstance: remove the plugin lean-vue-i18n')
        return { code: code.replace(lookup, '$1'), map: null }
      },
    },
  }
}

/** The console, its parts in the folders `desk`, its texts, and the desktop library with what that brings along. */
const isConsoleOnly = /\/sidebar\/(console|locales\/console|\w+\/desk)\/|\/node_modules\/(element-plus|@element-plus|lodash|lodash-es|lodash-unified|dayjs|@floating-ui|@popperjs|@sxzz|@vueuse|@ctrl|async-validator|memoize-one|normalize-wheel-es|vue-router)\//

export default defineConfig({
  plugins: [vue(), leanVueI18n(), pagesAndCompression()],
  base: '/',
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Our texts know only `{name}`; sidebar/locales/i18n.ts fills that in itself.
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
  },
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    // WeCom's webviews on older phones.
    target: ['chrome87', 'safari14'],
    // Our pages allow no data: scripts or styles; a file is a file.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: Object.keys(pages),
      // One file for what several parts share: fewer requests on a phone, and it stays cached between the two pages.
      // What only the console's screens share is a file of its own, or the phone would load a desktop library.
      output: { codeSplitting: { groups: [{ name: 'shared', test: (id) => !isConsoleOnly.test(id), minShareCount: 2, priority: 2 }, { name: 'desk', test: isConsoleOnly, minShareCount: 2, priority: 1 }] } },
    },
  },
  test: {
    sequence: { sequencer: LongTestsFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'server',
          environment: 'node',
          include: ['server/**/*.test.ts', 'shared/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/web/**', 'test/browser/**'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'web', environment: 'happy-dom', include: ['sidebar/**/*.test.ts', 'test/web/**/*.test.ts'],
          // Node cannot load the style sheets of the desktop library by itself.
          server: { deps: { inline: [/element-plus\/.*(style\/css|theme-chalk)/] } },
        },
      },
      {
        extends: true,
        test: { name: 'browser', environment: 'node', include: ['test/browser/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
})
