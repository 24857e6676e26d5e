export { entrances, type Entrance } from './entrance.entity.ts'
export { entranceOfState, keepStoreEntrances } from './entrances.ts'
export { entranceEffects, onMended, onScan, type EntranceWorkers } from './entrances.workers.ts'
export { entranceRoutes } from './entrances.routes.ts'
