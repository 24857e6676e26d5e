import { describe, expect, it } from 'vitest'
import { BadConfiguration, loadConfig } from './config.ts'

const good = {
  PUBLIC_URL: 'https://scrm.example.com/', SESSION_SECRET: 's'.repeat(32), DATA_KEY: `${'a'.repeat(32)}, ${'b'.repeat(40)}`,
  WECOM_CORP_ID: 'ww1', WECOM_AGENT_ID: '1000002', WECOM_SECRET: 'x', WECOM_CALLBACK_TOKEN: 'tok', WECOM_CALLBACK_AES_KEY: 'k'.repeat(43),
}

describe('loadConfig', () => {
  it('reads a whole environment with its defaults', () => {
    const config = loadConfig(good)
    expect(config).toMatchObject({ port: 3000, publicUrl: 'https://scrm.example.com', zone: 'Asia/Shanghai', databaseUrl: 'sqlite:./data/scrm.db', redisUrl: null })
    expect(config.dataKeys).toEqual(['a'.repeat(32), 'b'.repeat(40)])
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('names every problem at once and never a value', () => {
    const secret = 'my-short-secret'
    try {
      loadConfig({ ...good, PUBLIC_URL: undefined, SESSION_SECRET: secret, WECOM_CALLBACK_AES_KEY: 'short', COMPANY_ZONE: 'Mars/Base', WECOM_CONTACT_CALLBACK_TOKEN: 'only' })
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(BadConfiguration)
      const text = String(error)
      for (const name of ['PUBLIC_URL: is missing', 'SESSION_SECRET', 'WECOM_CALLBACK_AES_KEY', 'COMPANY_ZONE', 'WECOM_CONTACT_CALLBACK_TOKEN']) expect(text).toContain(name)
      expect(text).not.toContain(secret)
    }
  })

  it('treats an empty variable as not given', () => {
    expect(loadConfig({ ...good, REDIS_URL: '', PORT: '' })).toMatchObject({ redisUrl: null, port: 3000 })
  })

  it('takes the people who are told the audit\'s newest link as userids, each once, and nothing else', () => {
    expect(loadConfig(good).auditAnchor).toEqual({ file: null, userids: [] })
    expect(loadConfig({ ...good, AUDIT_ANCHOR_FILE: '/mnt/anchors.txt', AUDIT_ANCHOR_USERIDS: ' Zhang.San, li-si,zhang.san ,' }).auditAnchor).toEqual({ file: '/mnt/anchors.txt', userids: ['zhang.san', 'li-si'] })
    for (const wrong of ['@all', 'a|b', Array.from({ length: 101 }, (_, place) => `u${place}`).join()]) expect(() => loadConfig({ ...good, AUDIT_ANCHOR_USERIDS: wrong })).toThrow('AUDIT_ANCHOR_USERIDS')
  })

  it('refuses a database in memory for production', () => {
    expect(() => loadConfig({ ...good, DATABASE_URL: 'sqlite::memory:' })).toThrow(BadConfiguration)
    expect(loadConfig({ ...good, NODE_ENV: 'test', DATABASE_URL: 'sqlite::memory:' }).databaseUrl).toBe('sqlite::memory:')
  })
})
