/** The public face of callbacks: what comes in from WeCom. */
export {
  createCallbackReceiver, defaultCallbackLimits,
  type CallbackLimits, type CallbackReceiver, type CallbackReceiverOptions, type CallbackSource, type ConfiguredCrypto,
} from './receiver.ts'
export { callbackRoutes } from './routes.ts'
export { createCallbackClassifier } from './classifier.ts'
