import type { askForBlock, listBlocks } from '#shared/contracts/blocks'
import type { readQuota } from '#shared/contracts/broadcasts'
import type { listMySendings } from '#shared/contracts/broadcast-results'
import type { liftContactRefusal, setContactRefusal } from '#shared/contracts/contact-refusals'
import type { listMessages } from '#shared/contracts/conversations'
import type { listCustomers, listOrders, listVisits, patchCustomer, readCustomer } from '#shared/contracts/customers'
import type { listEntrances } from '#shared/contracts/entrances'
import type { explainCustomer } from '#shared/contracts/explain'
import type { listSessions, readEpoch, readJssdkConfig, readMe, revokeSession } from '#shared/contracts/identity'
import type { revealField, revealMessage } from '#shared/contracts/reveal'
import type { confirmQuickReply, listQuickReplies, sendQuickReply } from '#shared/contracts/templates'
import { route } from './route.ts'

/** The routes that the screens call, by the names of their contracts. */
export const routes = {
  readMe: route<typeof readMe>('GET', '/api/me'),
  readEpoch: route<typeof readEpoch>('GET', '/api/epoch'),
  listSessions: route<typeof listSessions>('GET', '/api/sessions'),
  revokeSession: route<typeof revokeSession>('DELETE', '/api/sessions/:id'),
  readJssdkConfig: route<typeof readJssdkConfig>('GET', '/api/jssdk/config'),
  listCustomers: route<typeof listCustomers>('GET', '/api/customers'),
  readCustomer: route<typeof readCustomer>('GET', '/api/customers/:externalUserId'),
  patchCustomer: route<typeof patchCustomer>('PATCH', '/api/customers/:externalUserId'),
  listOrders: route<typeof listOrders>('GET', '/api/customers/:externalUserId/orders'),
  listVisits: route<typeof listVisits>('GET', '/api/customers/:externalUserId/visits'),
  listMessages: route<typeof listMessages>('GET', '/api/customers/:externalUserId/messages'),
  revealField: route<typeof revealField>('POST', '/api/customers/:externalUserId/reveal'),
  revealMessage: route<typeof revealMessage>('POST', '/api/customers/:externalUserId/messages/:messageId/reveal'),
  explainCustomer: route<typeof explainCustomer>('GET', '/api/customers/:externalUserId/explain'),
  listBlocks: route<typeof listBlocks>('GET', '/api/customers/:externalUserId/blocks'),
  askForBlock: route<typeof askForBlock>('POST', '/api/customers/:externalUserId/block-requests'),
  setContactRefusal: route<typeof setContactRefusal>('PUT', '/api/customers/:externalUserId/contact-refusal'),
  liftContactRefusal: route<typeof liftContactRefusal>('POST', '/api/customers/:externalUserId/contact-refusal/lift'),
  listQuickReplies: route<typeof listQuickReplies>('GET', '/api/customers/:externalUserId/quick-replies'),
  sendQuickReply: route<typeof sendQuickReply>('POST', '/api/customers/:externalUserId/quick-replies'),
  confirmQuickReply: route<typeof confirmQuickReply>('POST', '/api/quick-replies/sent'),
  readQuota: route<typeof readQuota>('GET', '/api/broadcast-quota'),
  listMySendings: route<typeof listMySendings>('GET', '/api/my-broadcasts'),
  listEntrances: route<typeof listEntrances>('GET', '/api/entrances'),
} as const
