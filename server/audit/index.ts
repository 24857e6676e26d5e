/** The public face of audit. */
export { createAudit, type Audit, type AuditLog, type AuditOptions, type NewAuditEntry } from './record.ts'
export type { AuditDetails, DetailValue } from './details.ts'
export { createAuditSealer, type AuditSealer, type AuditSealerOptions } from './sealer.ts'
export { verifyChain, type BrokenLink, type Damage, type Verification } from './verify-chain.ts'
export { describeVerification } from './describe-verification.ts'
export type { AuditEntry } from './audit.entity.ts'
