import { z } from 'zod'

/** Every problem of the configuration at once, each with the variable's name and without its value. */
export class BadConfiguration extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'BadConfiguration'
    this.problems = problems
  }
}

const filled = z.string().trim().min(1)
const httpAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).transform((url) => url.replace(/\/+$/, ''))
const aesKey = z.string().regex(/^[A-Za-z0-9]{43}$/, 'must be the 43 characters of EncodingAESKey')
const callbackToken = z.string().regex(/^[A-Za-z0-9]{1,32}$/, 'must be 1 to 32 letters and digits')
const databaseUrl = z.string().regex(/^(sqlite:.+|(mysql|mariadb):\/\/.+\/.+)$/, 'must be sqlite:FILE or mysql://USER:PASSWORD@HOST:PORT/NAME')

function knownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** The environment contract. docs/configuration.md explains each variable to people. */
const Environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  /** Port on which the server listens. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** Address on which the server listens. */
  HOST: filled.default('0.0.0.0'),
  /** How browsers reach the server; the only Origin that may write. */
  PUBLIC_URL: httpAddress,
  DATABASE_URL: databaseUrl.default('sqlite:./data/scrm.db'),
  REDIS_URL: z.string().regex(/^rediss?:\/\/.+/, 'must be redis://HOST:PORT').optional(),
  SESSION_SECRET: z.string().min(32, 'must have at least 32 characters'),
  /** Keys for values at rest, newest first, separated by commas. */
  DATA_KEY: z.string().transform((text, context): readonly [string, ...string[]] => {
    const [first, ...rest] = text.split(',').map((part) => part.trim())
    if (first === undefined || [first, ...rest].some((part) => part.length < 32)) {
      context.addIssue({ code: 'custom', message: 'each key must have at least 32 characters' })
      return z.NEVER
    }
    return [first, ...rest]
  }),
  WECOM_CORP_ID: filled,
  WECOM_AGENT_ID: z.coerce.number().int().positive(),
  WECOM_SECRET: filled,
  WECOM_CALLBACK_TOKEN: callbackToken,
  WECOM_CALLBACK_AES_KEY: aesKey,
  WECOM_CONTACT_SECRET: filled.optional(),
  WECOM_CONTACT_CALLBACK_TOKEN: callbackToken.optional(),
  WECOM_CONTACT_CALLBACK_AES_KEY: aesKey.optional(),
  WECOM_API_BASE: httpAddress.default('https://qyapi.weixin.qq.com'),
  WECOM_OAUTH_BASE: httpAddress.default('https://open.weixin.qq.com'),
  WECOM_LOGIN_BASE: httpAddress.default('https://login.work.weixin.qq.com'),
  /** Business days, months, quiet hours and birthdays are counted in this zone. */
  COMPANY_ZONE: z.string().refine(knownZone, 'must be a time zone such as Asia/Shanghai').default('Asia/Shanghai'),
  /** File outside the database to which the audit's newest link is appended each day. */
  AUDIT_ANCHOR_FILE: filled.optional(),
  /** WeCom userids that are told the same link each day, separated by commas. */
  AUDIT_ANCHOR_USERIDS: z.string().transform((text) => [...new Set(text.split(',').map((part) => part.trim().toLowerCase()).filter((part) => part !== ''))])
    .refine((userids) => userids.length <= 100, 'must name at most 100 people')
    .refine((userids) => userids.every((userid) => /^[a-z0-9][a-z0-9_.@-]{0,63}$/.test(userid)), 'must be WeCom userids separated by commas')
    .default([]),
  /** How many proxies stand before the server and may be believed about the caller's address. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(5).default(0),
})

export type Environment = z.infer<typeof Environment>

export interface CallbackSecrets {
  readonly token: string
  readonly aesKey: string
}

export interface Config {
  readonly mode: Environment['NODE_ENV']
  readonly logLevel: Environment['LOG_LEVEL']
  readonly port: number
  readonly host: string
  readonly publicUrl: string
  readonly trustedProxies: number
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly sessionSecret: string
  readonly dataKeys: readonly [string, ...string[]]
  readonly zone: string
  /** Where the audit's newest link is sent each day. */
  readonly auditAnchor: { readonly file: string | null, readonly userids: readonly string[] }
  readonly wecom: {
    readonly corpId: string
    readonly agentId: number
    readonly secret: string
    readonly contactSecret: string | null
    readonly callback: CallbackSecrets
    /** The directory sync assistant has a callback of its own. */
    readonly contactCallback: CallbackSecrets | null
    readonly apiBase: string
    readonly oauthBase: string
    readonly loginBase: string
  }
}

/** Reads the environment once, whole. Throws `BadConfiguration` with every problem; contradictions stop the start too. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = Environment.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${describe(issue, given)}`)
  problems.push(...contradictions(given))
  if (!parsed.success || problems.length > 0) throw new BadConfiguration(problems)
  return Object.freeze(toConfig(parsed.data))
}

/** Commands that only touch the database need no WeCom credentials. */
export function loadDatabaseUrl(env: Readonly<Record<string, string | undefined>>): string {
  const parsed = databaseUrl.default('sqlite:./data/scrm.db').safeParse(env['DATABASE_URL'] === '' ? undefined : env['DATABASE_URL'])
  if (!parsed.success) throw new BadConfiguration([`DATABASE_URL: ${parsed.error.issues[0]?.message ?? 'is wrong'}`])
  return parsed.data
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const name = String(issue.path[0] ?? '')
  return Object.hasOwn(given, name) ? issue.message : 'is missing'
}

function contradictions(env: Readonly<Record<string, string | undefined>>): string[] {
  const problems: string[] = []
  const pair = [env['WECOM_CONTACT_CALLBACK_TOKEN'], env['WECOM_CONTACT_CALLBACK_AES_KEY']].filter((value) => value !== undefined)
  if (pair.length === 1) problems.push('WECOM_CONTACT_CALLBACK_TOKEN and WECOM_CONTACT_CALLBACK_AES_KEY: give both or none')
  const production = (env['NODE_ENV'] ?? 'production') === 'production'
  if (production && (env['DATABASE_URL'] ?? '').includes(':memory:')) problems.push('DATABASE_URL: a database in memory loses everything, not for production')
  return problems
}

function toConfig(env: Environment): Config {
  const contact = env.WECOM_CONTACT_CALLBACK_TOKEN !== undefined && env.WECOM_CONTACT_CALLBACK_AES_KEY !== undefined
    ? { token: env.WECOM_CONTACT_CALLBACK_TOKEN, aesKey: env.WECOM_CONTACT_CALLBACK_AES_KEY }
    : null
  return {
    mode: env.NODE_ENV,
    logLevel: env.LOG_LEVEL,
    port: env.PORT,
    host: env.HOST,
    publicUrl: env.PUBLIC_URL,
    trustedProxies: env.TRUSTED_PROXIES,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    sessionSecret: env.SESSION_SECRET,
    dataKeys: env.DATA_KEY,
    zone: env.COMPANY_ZONE,
    auditAnchor: { file: env.AUDIT_ANCHOR_FILE ?? null, userids: env.AUDIT_ANCHOR_USERIDS },
    wecom: {
      corpId: env.WECOM_CORP_ID,
      agentId: env.WECOM_AGENT_ID,
      secret: env.WECOM_SECRET,
      contactSecret: env.WECOM_CONTACT_SECRET ?? null,
      callback: { token: env.WECOM_CALLBACK_TOKEN, aesKey: env.WECOM_CALLBACK_AES_KEY },
      contactCallback: contact,
      apiBase: env.WECOM_API_BASE,
      oauthBase: env.WECOM_OAUTH_BASE,
      loginBase: env.WECOM_LOGIN_BASE,
    },
  }
}
