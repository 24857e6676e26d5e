import { departments, wantDirectorySync } from '../../server/organization/index.ts'
import type { Background } from '../../server/background.ts'
import type { Services } from '../../server/services.ts'
import type { Company } from '../company/company.ts'
import { fillCompany } from './fill.ts'

/** First reading of a company, as on its first day: people, then marks of stores, then customers, then our own facts. */
export async function readCompany(services: Services, background: Background, company: Company): Promise<void> {
  const { database } = services
  await database.transaction((work) => wantDirectorySync(work))
  await background.drain()
  await fillCompany(services, company)
  await database.transaction((work) => wantDirectorySync(work))
  await background.drain()
  if ((await database.db.getRepository(departments).count()) === 0) throw new Error('the company was not read')
}
