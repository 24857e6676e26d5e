import { In, LessThan, Not } from 'typeorm'
import type { Database } from '../../database/database.ts'
import { templateMedia } from './media.entity.ts'
import { forget } from './upload-media.ts'

const dayMs = 86_400_000
const atOnce = 100

/** Forgets uploads that nobody finished within a day. A finished file stays: versions of templates name it for good. */
export async function purgeMedia(database: Database, now: number): Promise<void> {
  for (;;) {
    const old = await database.db.getRepository(templateMedia).find({ select: { id: true }, where: { state: Not(In(['ready'])), createdAt: LessThan(now - dayMs) }, take: atOnce })
    for (const { id } of old) await database.transaction((work) => forget(work.db, id))
    if (old.length < atOnce) return
  }
}
