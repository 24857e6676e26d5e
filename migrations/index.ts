import { CreateJobs1763900001000 } from './1763900001000-create-jobs.ts'
import { CreateAudit1763900002000 } from './1763900002000-create-audit.ts'
import { CreateOrganization1763900003000 } from './1763900003000-create-organization.ts'
import { CreateAccess1763900004000 } from './1763900004000-create-access.ts'
import { CreateCustomers1763900005000 } from './1763900005000-create-customers.ts'
import { CreateGrantSources1764100001000 } from './1764100001000-create-grant-sources.ts'
import { DateNodeFacts1764100001100 } from './1764100001100-date-node-facts.ts'
import { CreateLists1764100003000 } from './1764100003000-create-lists.ts'
import { CreateApprovals1764100004000 } from './1764100004000-create-approvals.ts'
import { CreatePolicy1764100005000 } from './1764100005000-create-policy.ts'
import { CreatePolicyTests1764100005100 } from './1764100005100-create-policy-tests.ts'
import { CreateLimits1764100006000 } from './1764100006000-create-limits.ts'
import { CreateOversight1764100007000 } from './1764100007000-create-oversight.ts'
import { CreateReportExports1764100007100 } from './1764100007100-create-report-exports.ts'
import { ListTemporaryGrants1764100009000 } from './1764100009000-list-temporary-grants.ts'
import { CreateArrivals1764100009500 } from './1764100009500-create-arrivals.ts'
import { LengthenDocuments1764100010000 } from './1764100010000-lengthen-documents.ts'
import { CreateWordLists1764100020000 } from './1764100020000-create-word-lists.ts'
import { DateBuiltExports1764100030000 } from './1764100030000-date-built-exports.ts'
import { CreateIdempotencyKeys1764100035000 } from './1764100035000-create-idempotency-keys.ts'
import { CreateTemplates1764100040000 } from './1764100040000-create-templates.ts'
import { CreateOutreach1764100050000 } from './1764100050000-create-outreach.ts'
import { CreateBroadcasts1764100060000 } from './1764100060000-create-broadcasts.ts'
import { ListByTerms1764200010000 } from './1764200010000-list-by-terms.ts'
import { ReadFollowsByIndex1764200011000 } from './1764200011000-read-follows-by-index.ts'
import { CreateHandBroadcasts1764200020000 } from './1764200020000-create-hand-broadcasts.ts'
import { CreateGroups1764200021000 } from './1764200021000-create-groups.ts'
import { AttributeConversions1764200030000 } from './1764200030000-attribute-conversions.ts'
import { CreateBroadcastResults1764200030100 } from './1764200030100-create-broadcast-results.ts'
import { CreateBroadcastPlanWork1764200040000 } from './1764200040000-create-broadcast-plan-work.ts'
import { CreateContactRefusals1764200050000 } from './1764200050000-create-contact-refusals.ts'
import { CreateTemplateMedia1764200051000 } from './1764200051000-create-template-media.ts'

/** All migrations, oldest first; append only. */
export const migrations = [
  CreateJobs1763900001000,
  CreateAudit1763900002000,
  CreateOrganization1763900003000,
  CreateAccess1763900004000,
  CreateCustomers1763900005000,
  CreateGrantSources1764100001000,
  DateNodeFacts1764100001100,
  CreateLists1764100003000,
  CreateApprovals1764100004000,
  CreatePolicy1764100005000,
  CreatePolicyTests1764100005100,
  CreateLimits1764100006000,
  CreateOversight1764100007000,
  CreateReportExports1764100007100,
  ListTemporaryGrants1764100009000,
  CreateArrivals1764100009500,
  LengthenDocuments1764100010000,
  CreateWordLists1764100020000,
  DateBuiltExports1764100030000,
  CreateIdempotencyKeys1764100035000,
  CreateTemplates1764100040000,
  CreateOutreach1764100050000,
  CreateBroadcasts1764100060000,
  ListByTerms1764200010000,
  ReadFollowsByIndex1764200011000,
  CreateHandBroadcasts1764200020000,
  CreateGroups1764200021000,
  AttributeConversions1764200030000,
  CreateBroadcastResults1764200030100,
  CreateBroadcastPlanWork1764200040000,
  CreateContactRefusals1764200050000,
  CreateTemplateMedia1764200051000,
]
