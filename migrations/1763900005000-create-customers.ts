import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, integer, json, key, money, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateCustomers1763900005000 implements MigrationInterface {
  readonly name = 'CreateCustomers1763900005000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'customers', {
      id: primary(id()),
      externalUserId: key(64),
      name: word(),
      nameSearch: word(),
      avatar: nullable(word(512)),
      gender: integer(),
      type: integer(),
      unionid: nullable(key(64)),
      corpName: nullable(word()),
      source: nullable(key(64)),
      addWay: nullable(integer()),
      birthday: nullable(key(10)),
      preferences: json(),
      stage: key(32),
      memberLevel: nullable(integer()),
      valueTier: nullable(integer()),
      contractState: nullable(key(32)),
      contractAmountFen: nullable(money()),
      priceList: nullable(word()),
      mobileSealed: nullable(text()),
      mobileIndex: nullable(key(64)),
      emailSealed: nullable(text()),
      addressSealed: nullable(text()),
      ownerStaffId: nullable(id()),
      ownerDepartmentId: nullable(integer()),
      poolDepartmentId: nullable(integer()),
      lastActiveAt: instant(),
      createdAt: instant(),
      updatedAt: instant(),
      version: integer(),
    }, [
      { name: 'ux_customers_external', columns: ['externalUserId'], unique: true },
      { name: 'ix_customers_activity', columns: ['lastActiveAt', 'id'] },
      { name: 'ix_customers_owner', columns: ['ownerStaffId', 'lastActiveAt'] },
      { name: 'ix_customers_owner_department', columns: ['ownerDepartmentId'] },
      { name: 'ix_customers_pool', columns: ['poolDepartmentId'] },
      { name: 'ix_customers_mobile', columns: ['mobileIndex'] },
      { name: 'ix_customers_name', columns: ['nameSearch'] },
      { name: 'ix_customers_stage', columns: ['stage'] },
    ])
    await createTable(runner, 'follows', {
      id: primary(id()),
      customerId: id(),
      staffId: id(),
      departmentId: nullable(integer()),
      beganAt: instant(),
      endedAt: nullable(instant()),
      endReason: nullable(key(32)),
      liveKey: nullable(key(80)),
      remark: word(),
      description: word(600),
      state: nullable(key(64)),
      addWay: nullable(integer()),
      customerDeletedAt: nullable(instant()),
    }, [
      { name: 'ux_follows_live', columns: ['liveKey'], unique: true },
      { name: 'ix_follows_customer', columns: ['customerId'] },
      { name: 'ix_follows_staff', columns: ['staffId', 'endedAt'] },
      { name: 'ix_follows_department', columns: ['departmentId', 'endedAt'] },
    ])
    await createTable(runner, 'ownerships', {
      id: primary(id()),
      customerId: id(),
      staffId: id(),
      departmentId: nullable(integer()),
      beganAt: instant(),
      reason: key(32),
      endedAt: nullable(instant()),
      endReason: nullable(key(32)),
    }, [
      { name: 'ix_ownerships_customer', columns: ['customerId', 'beganAt'] },
    ])
    await createTable(runner, 'tags', {
      id: primary(key(64)),
      groupId: key(64),
      name: word(),
      groupName: word(),
      position: counter(),
      deletedAt: nullable(instant()),
    }, [
      { name: 'ix_tags_group', columns: ['groupId'] },
    ])
    await createTable(runner, 'customer_tags', {
      customerId: primary(id()),
      tagId: primary(key(64)),
      followId: primary(id()),
    }, [
      { name: 'ix_customer_tags_tag', columns: ['tagId', 'customerId'] },
      { name: 'ix_customer_tags_follow', columns: ['followId'] },
    ])
    await createTable(runner, 'orders', {
      id: primary(id()),
      customerId: id(),
      storeDepartmentId: integer(),
      orderNo: key(64),
      amountFen: money(),
      placedAt: instant(),
      items: json(),
    }, [
      { name: 'ux_orders_number', columns: ['orderNo'], unique: true },
      { name: 'ix_orders_customer', columns: ['customerId', 'placedAt'] },
    ])
    await createTable(runner, 'visits', {
      id: primary(id()),
      customerId: id(),
      storeDepartmentId: integer(),
      staffId: nullable(id()),
      visitedAt: instant(),
      note: word(600),
    }, [
      { name: 'ix_visits_customer', columns: ['customerId', 'visitedAt'] },
    ])
    await createTable(runner, 'messages', {
      id: primary(id()),
      customerId: id(),
      channel: key(16),
      messageKey: key(160),
      direction: key(8),
      staffId: nullable(id()),
      account: nullable(key(64)),
      sentAt: instant(),
      kind: key(32),
      contentSealed: text(),
      createdAt: instant(),
    }, [
      { name: 'ux_messages_key', columns: ['messageKey'], unique: true },
      { name: 'ix_messages_customer', columns: ['customerId', 'sentAt'] },
    ])
    await createTable(runner, 'kf_cursors', {
      openKfId: primary(key(64)),
      cursor: key(128),
      updatedAt: instant(),
    })
    await createTable(runner, 'staff_messages', {
      id: primary(id()),
      messageKey: key(160),
      userid: key(64),
      receivedAt: instant(),
      kind: key(32),
      contentSealed: text(),
    }, [
      { name: 'ux_staff_messages_key', columns: ['messageKey'], unique: true },
    ])
    await createTable(runner, 'entrances', {
      id: primary(id()),
      departmentId: integer(),
      state: key(30),
      configId: nullable(key(128)),
      qrCode: nullable(word(512)),
      remark: word(30),
      welcomeText: text(),
      tagIds: json(),
      userids: json(),
      status: key(16),
      createdAt: instant(),
      updatedAt: instant(),
      version: integer(),
    }, [
      { name: 'ux_entrances_state', columns: ['state'], unique: true },
      { name: 'ux_entrances_config', columns: ['configId'], unique: true },
      { name: 'ix_entrances_department', columns: ['departmentId'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'entrances')
    await dropTable(runner, 'staff_messages')
    await dropTable(runner, 'kf_cursors')
    await dropTable(runner, 'messages')
    await dropTable(runner, 'visits')
    await dropTable(runner, 'orders')
    await dropTable(runner, 'customer_tags')
    await dropTable(runner, 'tags')
    await dropTable(runner, 'ownerships')
    await dropTable(runner, 'follows')
    await dropTable(runner, 'customers')
  }
}
