import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, flag, id, instant, integer, json, key, nullable, primary, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateAccess1763900004000 implements MigrationInterface {
  readonly name = 'CreateAccess1763900004000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'access_state', {
      name: primary(key(32)),
      value: counter(),
    })
    await createTable(runner, 'roles', {
      roleKey: primary(key(64)),
      label: word(64),
      grants: json(),
      version: integer(),
      updatedAt: instant(),
    })
    await createTable(runner, 'staff_roles', {
      staffId: primary(id()),
      roleKey: primary(key(64)),
      source: word(16),
      since: instant(),
    }, [
      { name: 'ix_staff_roles_role', columns: ['roleKey'] },
    ])
    await createTable(runner, 'template_rules', {
      id: primary(id()),
      rank: integer(),
      departmentId: nullable(integer()),
      departmentKind: nullable(word(16)),
      positionContains: nullable(word(64)),
      leader: nullable(flag()),
      roleKey: key(64),
    })
    await createTable(runner, 'restrictions', {
      id: primary(id()),
      definition: json(),
      createdAt: instant(),
      endedAt: nullable(instant()),
    })
    await createTable(runner, 'customer_task_facts', {
      customerId: primary(id()),
      taskType: primary(key(64)),
    }, [
      { name: 'ix_task_facts_type', columns: ['taskType'] },
    ])
    await createTable(runner, 'customer_node_facts', {
      customerId: primary(id()),
      nodeKey: primary(key(64)),
    }, [
      { name: 'ix_node_facts_node', columns: ['nodeKey'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'customer_node_facts')
    await dropTable(runner, 'customer_task_facts')
    await dropTable(runner, 'restrictions')
    await dropTable(runner, 'template_rules')
    await dropTable(runner, 'staff_roles')
    await dropTable(runner, 'roles')
    await dropTable(runner, 'access_state')
  }
}
