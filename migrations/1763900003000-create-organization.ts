import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, flag, id, instant, integer, json, key, nullable, primary, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateOrganization1763900003000 implements MigrationInterface {
  readonly name = 'CreateOrganization1763900003000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'departments', {
      id: primary(integer()),
      name: word(),
      parentId: nullable(integer()),
      path: key(512),
      position: counter(),
      kind: word(16),
      updatedAt: instant(),
      deletedAt: nullable(instant()),
    }, [
      { name: 'ix_departments_parent', columns: ['parentId'] },
    ])
    await createTable(runner, 'staff', {
      id: primary(id()),
      userid: key(64),
      wecomUserid: key(64),
      name: word(128),
      position: word(128),
      mainDepartmentId: nullable(integer()),
      status: word(16),
      joinedOn: nullable(instant()),
      createdAt: instant(),
      updatedAt: instant(),
      leftAt: nullable(instant()),
    }, [
      { name: 'ux_staff_userid', columns: ['userid'], unique: true },
    ])
    await createTable(runner, 'staff_departments', {
      staffId: primary(id()),
      departmentId: primary(integer()),
      isLeader: flag(),
      since: instant(),
    }, [
      { name: 'ix_staff_departments_department', columns: ['departmentId'] },
    ])
    await createTable(runner, 'directory_changes', {
      id: primary(id()),
      staffId: id(),
      kind: word(16),
      departmentId: nullable(integer()),
      roleKey: nullable(key(64)),
      status: word(16),
      waitingKey: nullable(key(160)),
      createdAt: instant(),
      decidedAt: nullable(instant()),
      decidedBy: nullable(key(64)),
    }, [
      { name: 'ix_directory_changes_staff', columns: ['staffId', 'status'] },
      { name: 'ux_directory_changes_waiting', columns: ['waitingKey'], unique: true },
    ])
    await createTable(runner, 'sync_states', {
      name: primary(key(64)),
      value: json(),
      updatedAt: instant(),
    })
    await createTable(runner, 'sessions', {
      id: primary(id()),
      tokenHash: key(64),
      staffId: id(),
      surface: key(16),
      createdAt: instant(),
      lastSeenAt: instant(),
      userAgent: word(),
      revokedAt: nullable(instant()),
      revokeReason: nullable(key(32)),
    }, [
      { name: 'ux_sessions_token', columns: ['tokenHash'], unique: true },
      { name: 'ix_sessions_staff', columns: ['staffId', 'revokedAt'] },
    ])
    await createTable(runner, 'sign_ins', {
      stateHash: primary(key(64)),
      browserHash: key(64),
      surface: key(16),
      returnTo: word(512),
      createdAt: instant(),
      usedAt: nullable(instant()),
    }, [
      { name: 'ix_sign_ins_created', columns: ['createdAt'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'sign_ins')
    await dropTable(runner, 'sessions')
    await dropTable(runner, 'sync_states')
    await dropTable(runner, 'directory_changes')
    await dropTable(runner, 'staff_departments')
    await dropTable(runner, 'staff')
    await dropTable(runner, 'departments')
  }
}
