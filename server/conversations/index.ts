export { messages, kfCursors, staffMessages, type Message } from './message.entity.ts'
export { conversationHandlers, conversationEffects } from './conversations.workers.ts'
export { conversationRoutes } from './conversations.routes.ts'
export { storeMessage, type IncomingMessage } from './store-messages.ts'
