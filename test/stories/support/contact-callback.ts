import type { TestAppOptions } from '../../support/test-app.ts'

const contact = { secret: 'contact-secret-for-tests', token: 'ContactToken2026', aesKey: 'GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba' } as const

/** The directory sync assistant is configured on both sides: WeCom tells at once who moved or left. */
export const withContactCallback: Pick<TestAppOptions, 'simulator' | 'env'> = {
  simulator: { contactSecret: contact.secret, contactCallback: { url: 'http://127.0.0.1:9/wecom/callback', token: contact.token, aesKey: contact.aesKey } },
  env: { WECOM_CONTACT_SECRET: contact.secret, WECOM_CONTACT_CALLBACK_TOKEN: contact.token, WECOM_CONTACT_CALLBACK_AES_KEY: contact.aesKey },
}
