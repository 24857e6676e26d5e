import type { MigrationInterface, QueryRunner } from 'typeorm'
import { flag, id, instant, integer, json, key, nullable, primary, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateGrantSources1764100001000 implements MigrationInterface {
  readonly name = 'CreateGrantSources1764100001000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'campaigns', {
      id: primary(id()),
      campaignKey: key(64),
      name: word(128),
      fromAt: instant(),
      untilAt: instant(),
      endedAt: nullable(instant()),
      createdBy: id(),
      createdAt: instant(),
      version: integer(),
    }, [
      { name: 'ux_campaigns_key', columns: ['campaignKey'], unique: true },
    ])
    await createTable(runner, 'campaign_members', {
      campaignId: primary(id()),
      staffId: primary(id()),
      since: instant(),
    }, [
      { name: 'ix_campaign_members_staff', columns: ['staffId'] },
    ])
    await createTable(runner, 'temporary_grants', {
      id: primary(id()),
      staffId: nullable(id()),
      campaignId: nullable(id()),
      definition: json(),
      fromAt: instant(),
      untilAt: instant(),
      state: key(16),
      reason: word(200),
      requestedBy: id(),
      decidedBy: nullable(key(64)),
      createdAt: instant(),
      decidedAt: nullable(instant()),
      endedAt: nullable(instant()),
      version: integer(),
    }, [
      { name: 'ix_temporary_grants_staff', columns: ['staffId', 'state'] },
      { name: 'ix_temporary_grants_campaign', columns: ['campaignId', 'state'] },
    ])
    await createTable(runner, 'node_grants', {
      id: primary(id()),
      nodeKey: key(64),
      subject: json(),
      definition: json(),
      keepsOpen: flag(),
      createdAt: instant(),
      endedAt: nullable(instant()),
    }, [
      { name: 'ix_node_grants_node', columns: ['nodeKey'] },
    ])
    await createTable(runner, 'shares', {
      id: primary(id()),
      customerId: id(),
      staffId: id(),
      operations: json(),
      fromAt: instant(),
      untilAt: instant(),
      reason: word(200),
      sharedBy: id(),
      createdAt: instant(),
      endedAt: nullable(instant()),
    }, [
      { name: 'ix_shares_staff', columns: ['staffId', 'endedAt'] },
      { name: 'ix_shares_customer', columns: ['customerId'] },
    ])
    await createTable(runner, 'role_limits', {
      roleKey: primary(key(64)),
      cardsPerHour: integer(),
      cardsPerDay: integer(),
      revealsPerDay: integer(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['role_limits', 'shares', 'node_grants', 'temporary_grants', 'campaign_members', 'campaigns']) await dropTable(runner, table)
  }
}
