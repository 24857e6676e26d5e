import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Business domains from left to right: one may import those to its left through their `index.ts`, never one to its right. */
const domains = ['organization', 'identity', 'approvals', 'policy', 'screening', 'customers', 'groups', 'records', 'conversations', 'templates', 'outreach', 'journeys', 'entrances', 'broadcasts', 'reports', 'oversight']
const anyOf = (names) => `(${names.join('|')})`

/** Forbids imports whose path matches; `why` is what the developer reads. */
const forbid = (files, rules) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [...everywhere, ...rules.map(([regex, message]) => ({ regex, message }))] }] },
})

const everywhere = [{ regex: '/test/', message: 'test/ is imported by nothing but tests.' }]
const outsideIn = (folder) => `^\\.\\./(\\.\\./)*(server/)?${folder}`
const noDomains = [outsideIn(`${anyOf(domains)}/`), 'This folder knows no business domain: domains register with it.']
const noSidebar = ['sidebar/', 'The server knows nothing of the screens.']
const publicFaces = anyOf(['access', 'audit', 'jobs', 'wecom', 'callbacks'])
const onlyFaces = [`^\\.\\./${publicFaces}/(?!index\\.ts$|\\w+\\.entity\\.ts$)`, 'Import the public face (index.ts) of another folder.']

const domainRules = domains.map((domain, place) => forbid([`server/${domain}/**/*.ts`], [
  ...(place + 1 < domains.length ? [[`^\\.\\./${anyOf(domains.slice(place + 1))}/`, 'Domains to the right are reached only by registered hooks.']] : []),
  ...(place > 0 ? [[`^\\.\\./${anyOf(domains.slice(0, place))}/(?!index\\.ts$)`, 'Import another domain through its index.ts.']] : []),
  [`^\\.\\./callbacks/`, 'Domains are given events; they do not reach into callbacks.'],
  onlyFaces, noSidebar,
]))

const borders = [
  { files: ['server/*.ts', 'server/cli/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [...everywhere, { regex: 'sidebar/', message: noSidebar[1] }] }] } },
  forbid(['shared/**/*.ts'], [['(server|sidebar|migrations)/', 'shared/ imports zod and itself.'], ['^node:', 'shared/ runs in browsers too.'], ['^vue', 'shared/ knows no screens.']]),
  forbid(['sidebar/**/*.{ts,vue}'], [['(^|/)server/', 'The screens know the contracts in shared/, not the server.']]),
  forbid(['server/database/**/*.ts'], [noDomains, [outsideIn(anyOf(['http', 'wecom', 'access', 'audit', 'jobs', 'callbacks'])), 'database is below everything else.'], noSidebar]),
  forbid(['server/http/**/*.ts'], [noDomains, [outsideIn(anyOf(['wecom', 'jobs', 'callbacks'])), 'http knows database, access and audit only.'], onlyFaces, noSidebar]),
  forbid(['server/access/**/*.ts', 'server/audit/**/*.ts', 'server/jobs/**/*.ts'], [noDomains, [outsideIn(anyOf(['http', 'wecom', 'callbacks'])), 'Only shared, database and errors.'], noSidebar]),
  forbid(['server/wecom/**/*.ts'], [noDomains, [outsideIn(anyOf(['database', 'http', 'access', 'audit', 'jobs', 'callbacks'])), 'wecom is given its storage; it imports shared and errors.'], noSidebar]),
  forbid(['server/callbacks/**/*.ts'], [noDomains, [outsideIn(anyOf(['access', 'audit'])), 'callbacks publishes, others subscribe.'], noSidebar]),
  ...domainRules,
  forbid(['server/**/*.policy.ts', 'server/**/decide.ts'], [['^(koa|typeorm)', 'Deciding is pure.'], ['(config|\\.repository)\\.ts$', 'Deciding is pure.'], noDomains, noSidebar]),
  forbid(['migrations/**/*.ts'], [['server/(?!database/)', 'Migrations use column helpers, never entities or domains.']]),
]

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'data/**', 'coverage/**', 'test/simulator/page/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  ...vue.configs['flat/essential'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      'no-undef': 'off',
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'vue/multi-word-component-names': 'error',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
    },
  },
  {
    files: ['server/**/*.ts', 'shared/**/*.ts', 'sidebar/**/*.{ts,vue}', 'migrations/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'The environment is read once, in server/config.ts; programs pass it in.' }],
    },
  },
  ...borders,
  { files: ['server/main.ts', 'server/cli/**/*.ts'], rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
  { files: ['test/**/*.{ts,mjs}'], rules: { 'no-console': 'off', '@typescript-eslint/no-explicit-any': 'off' }, languageOptions: { globals: { process: 'readonly', console: 'readonly', fetch: 'readonly', URL: 'readonly', setTimeout: 'readonly' } } },
  { files: ['**/*.test.ts', 'test/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['*.config.{ts,mjs}', '**/*.d.ts', 'sidebar/**/*.vue'], rules: { 'no-restricted-syntax': 'off' } },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
)
