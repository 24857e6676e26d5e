import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, instant, key, primary, text } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

const kept = 'digest, source, payload, received_at, seq'

/** Callbacks wait to be read in a table of their own; those that wait in the inbox move there, and back. */
export class CreateArrivals1764100009500 implements MigrationInterface {
  readonly name = 'CreateArrivals1764100009500'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'arrivals', {
      seq: primary(counter()),
      digest: primary(key(64)),
      source: key(16),
      payload: text(),
      receivedAt: instant(),
    }, [], { clustered: true })
    // a row that was copied by a run that was cut off is not copied again
    await runner.query(`insert into arrivals (${kept}) select ${kept} from inbox waits where state = 'new'
      and not exists (select 1 from arrivals moved where moved.seq = waits.seq and moved.digest = waits.digest)`)
    await runner.query(`delete from inbox where state = 'new'`)
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasTable('arrivals')) {
      // the first of each text; a text that the inbox knows is a repeat
      await runner.query(`insert into inbox (${kept}, state, attempts, next_at, repeats) select ${kept}, 'new', 0, received_at, 0 from arrivals waits
        where not exists (select 1 from inbox known where known.digest = waits.digest)
        and not exists (select 1 from arrivals earlier where earlier.digest = waits.digest and earlier.seq < waits.seq)`)
    }
    await dropTable(runner, 'arrivals')
  }
}
