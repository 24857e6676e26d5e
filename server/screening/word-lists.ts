import type { EntityManager } from 'typeorm'
import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { Screening } from './hits.ts'
import { scan } from './scan.ts'
import { createScreener, type Screener } from './screener.ts'
import { loadDocument, starterDocument, type WordDocument } from './word-document.ts'
import { wordVersions, type WordVersionRow } from './word-list.entity.ts'

export interface ScreeningOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Pick<Approvals, 'ask' | 'withdrawUnder'>
  readonly clock: () => number
}

/** A list in force, prepared. */
export interface InForce {
  /** 0: nothing was published yet, the starter list is in force. */
  readonly number: number
  readonly screener: Screener
}

/** The scans of this process. Every batch of texts asks for the list in force first. */
export interface Screenings extends ScreeningOptions {
  /** The list that is in force at this moment: the number is read from the database each time, so that no process uses an older one. */
  inForce(db?: EntityManager): Promise<InForce>
  /** Scans texts with one list, the one in force now. */
  scanAll(texts: readonly string[], db?: EntityManager): Promise<Screening[]>
}

export async function latestVersion(db: EntityManager): Promise<WordVersionRow | null> {
  const [latest] = await db.getRepository(wordVersions).find({ order: { number: 'DESC' }, take: 1 })
  return latest ?? null
}

/** Throws `screening.version_not_found`; 0 is the starter list. */
export async function documentOfVersion(db: EntityManager, number: number): Promise<WordDocument> {
  if (number === 0) return starterDocument
  const row = await db.getRepository(wordVersions).findOneBy({ number })
  const document = row === null ? null : await loadDocument(db, row.id)
  if (document === null) throw new ProjectError('screening.version_not_found', 404)
  return document
}

/**
 * Whoever asks while a new list is being prepared waits for it; whoever asked before goes on with the old one, which stays whole.
 * So there is no moment without a list, and none in which a text is scanned with a list that was replaced before the scan began.
 */
export function createScreenings(options: ScreeningOptions): Screenings {
  let prepared: { readonly number: number, readonly ready: Promise<InForce> } | null = null
  const inForce = async (db: EntityManager = options.database.db): Promise<InForce> => {
    const number = (await latestVersion(db))?.number ?? 0
    if (prepared === null || prepared.number < number) {
      const ready = documentOfVersion(db, number).then((document) => ({ number, screener: createScreener(document) }))
      const mine = { number, ready }
      prepared = mine
      // What could not be read is tried again by the next who asks.
      ready.catch(() => { if (prepared === mine) prepared = null })
    }
    return prepared.ready
  }
  return {
    ...options,
    inForce,
    scanAll: async (texts, db) => {
      const { screener } = await inForce(db)
      return texts.map((text) => scan(screener, text))
    },
  }
}
