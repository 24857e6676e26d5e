import type { CallInput } from '../../api/route.ts'
import type { listCustomers } from '#shared/contracts/customers'

/** What narrows a list of customers. */
export type CustomerFilter = Pick<CallInput<typeof listCustomers>['query'], 'q' | 'stage' | 'phone'>
