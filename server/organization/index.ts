export {
  departments, directoryChanges, staff, staffDepartments, staffPersons, syncStates,
  type Department, type DepartmentKind, type DirectoryChange, type Staff, type StaffDepartment,
} from './organization.entity.ts'
export { createStaffWriter, type AccessEnd, type Agreement, type OnAccessEnded, type OnWaitingChanged, type StaffWriter } from './write-staff.ts'
export { readDirectory, type DirectorySnapshot } from './read-directory.ts'
export { wantLists } from './keep-lists.ts'
export { applyDirectory, type DirectoryOutcome } from './apply-directory.ts'
export { listWaiting, markApplied, waitingOf } from './directory-changes.ts'
export { reachOf, type Membership } from './staff-changes.ts'
export { reassignRoles, roleWith } from './write-rights.ts'
export { directoryWasRead, organizationEffects, organizationHandlers, syncDirectory, wantDirectorySync } from './organization.workers.ts'
export { createAdminCommands, type AdminCommands } from './decide-changes.ts'
export { setStaffLevel, staffLevelOf, staffLevelsOf } from './staff-level.ts'
export { homeOf } from './home-of.ts'
export { accountsOfSamePerson } from './same-person.ts'
