import { openDatabase } from '../../../server/database/database.ts'
import { entities } from '../../../server/entities.ts'
import { ProjectError } from '../../../server/errors.ts'
import { reserve } from '../../../server/broadcasts/quotas/quotas.ts'
import { migrations } from '../../../migrations/index.ts'
import { v7 as uuid } from 'uuid'

/** A process of its own: so many submissions at once by one person, each with so many messages. Prints how many passed. */
const [url = '', staffId = '', times = '0', size = '0', cap = '0'] = process.argv.slice(2)
const database = await openDatabase({ url, entities, migrations })
const results = await Promise.all(Array.from({ length: Number(times) }, async () => {
  try {
    await database.transaction((work) => reserve(work, {
      planId: uuid(), staffId, day: '2026-11-25', caps: [{ bucket: '*|*', perMonth: Number(cap), perDay: Number(cap) }],
      messages: Array.from({ length: Number(size) }, () => ({ category: 'care', valueTier: null })),
    }))
    return true
  } catch (error) {
    if (error instanceof ProjectError && error.code === 'broadcast.quota_exceeded') return false
    throw error
  }
}))
await database.close()
console.log(results.filter((passed) => passed).length)
