import type { listStaff } from '#shared/contracts/staff'
import type { CallInput } from '../../api/route.ts'

/** What narrows the list of people. */
export type StaffFilter = Omit<CallInput<typeof listStaff>['query'], 'cursor' | 'limit'>
