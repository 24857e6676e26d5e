import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Figure, MeasureName, Report } from '#shared/contracts/reports'
import { loadFacts } from '../../server/access/index.ts'
import { customers, follows } from '../../server/customers/index.ts'
import { departments, staffDepartments } from '../../server/organization/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { daysLater, startOfDay } from '../../server/company-day.ts'
import { runReport } from '../../server/reports/run-report.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { faceOf } from '../stories/support/answers.ts'
import { LinearSpan } from './support/attacker.ts'
import { belowOf, busyCompany, staffIdOf, zone, type BusyCompany, type Happened } from './support/busy-company.ts'

/** The meaning is proved on one database; the other shows with a part of the days that its SQL says the same. */
const daysAsked = { sqlite: 8, mysql: 3 } as const

const valueOf = (figure: Figure | undefined): number | null => (figure === undefined || 'suppressed' in figure ? null : figure.value)
const people = (facts: readonly Happened[]) => new Set(facts.map((fact) => fact.customerId)).size

describe.each(await testDatabaseKinds())('reports on %s', (kind) => {
  let company: BusyCompany
  let happened: Happened[]
  beforeAll(async () => {
    company = await busyCompany(kind)
    happened = await company.happened()
  })
  afterAll(() => company.app.stop())

  const read = async (userid: string, path: string): Promise<Report> => {
    const reply = await (await company.app.person(userid)).get(path)
    expect([path, reply.status, reply.text.slice(0, 200)]).toEqual([path, 200, reply.text.slice(0, 200)])
    return reply.body
  }

  /** The customers over whom this person's reports run, decided one by one in memory. */
  async function rowsOf(userid: string): Promise<Set<string>> {
    const { access, database } = company.app.services
    const actor = await access.actorFor(await staffIdOf(company.app, userid))
    const ids = (await database.db.find(customers, { select: { id: true } })).map((one) => one.id)
    return new Set([...await loadFacts(database.db, ids)].filter(([, facts]) => actor.decideFor('marketing.reports.view', facts).allowed).map(([id]) => id))
  }

  /** What a measure must be over these facts. */
  function expected(measure: MeasureName, facts: readonly Happened[]): number {
    if (measure === 'buyers' || measure === 'visitors') return people(facts)
    return measure === 'amountFen' ? facts.reduce((sum, fact) => sum + fact.amountFen, 0) : facts.length
  }

  it('S17 management sees figures across all stores, and of customers nothing at all', async () => {
    const marketing = await company.app.person('marketing01')
    expect((await marketing.get('/api/customers')).status).toBe(403)
    const report = await read('marketing01', '/api/reports/customers?level=store')
    expect(report).toMatchObject({ name: 'customers', level: 'store', department: { id: 1 }, period: { kind: 'month', from: company.month, to: company.days.at(-1) }, smallest: 5 })
    expect(report.groups).toHaveLength(4)
    expect(report.groups.filter((group) => valueOf(group.figures.newCustomers) !== null).length).toBeGreaterThan(1)
    const all = await company.app.services.database.db.find(customers)
    for (const path of ['customers?level=staff', 'spending?level=store', 'visits?level=staff', `visits?period=day&from=${company.days[3] ?? ''}`]) {
      const text = JSON.stringify(await read('marketing01', `/api/reports/${path}`))
      for (const customer of all) for (const secret of [customer.id, customer.externalUserId, customer.name]) expect([path, text.includes(secret)]).toEqual([path, false])
    }
  })

  it('S17 T11 every figure that is shown is exactly the count over the caller\'s rows; a small group has none', async () => {
    const { db } = company.app.services.database
    const members = await db.find(staffDepartments)
    for (const userid of ['marketing01', 'director01', 'regional01', 'manager01', 'sales01', 'clerk02']) {
      const rows = await rowsOf(userid)
      const scope = (await read(userid, '/api/reports/visits')).department?.id
      let seen = 0
      for (const [name, level] of [['customers', 'staff'], ['customers', 'store'], ['spending', 'store'], ['spending', 'department'], ['visits', 'staff'], ['visits', 'department']] as const) {
        for (const period of ['month', ...company.days.slice(0, daysAsked[kind])]) {
          const report = await read(userid, `/api/reports/${name}?level=${level}&period=${period === 'month' ? 'month' : 'day'}&from=${period === 'month' ? company.month : period}`)
          const mine = happened.filter((fact) => fact.report === name && rows.has(fact.customerId) && (period === 'month' ? company.days.includes(fact.day) : fact.day === period))
          const groups = [
            ...(report.total === null ? [] : [{ figures: report.total, facts: scope === undefined ? mine : await within(mine, scope) }]),
            ...await Promise.all(report.groups.map(async ({ figures, department, staff, direct }) => {
              const here = mine.filter((fact) => fact.departmentId === department.id)
              const [person, team] = [staff === null ? null : await staffIdOf(company.app, staff.userid), new Set(members.filter((one) => one.departmentId === department.id).map((one) => one.staffId))]
              const facts = level === 'staff' ? here.filter((fact) => (person === null ? fact.staffId === null || !team.has(fact.staffId) : fact.staffId === person)) : direct ? here : await within(mine, department.id)
              return { figures, facts }
            })),
          ]
          for (const { figures, facts } of groups) {
            for (const measure of report.measures.filter((one) => one !== 'customers')) {
              const shown = valueOf(figures[measure])
              if (people(facts) < 5) expect([userid, name, period, shown]).toEqual([userid, name, period, null])
              else if (shown !== null) {
                seen += 1
                expect([userid, name, level, period, measure, shown]).toEqual([userid, name, level, period, measure, expected(measure, facts)])
              }
            }
          }
        }
      }
      expect([userid, seen > 0]).toEqual([userid, true])
    }
  })

  async function within(facts: readonly Happened[], department: number): Promise<Happened[]> {
    const below = await belowOf(company.app, department)
    return facts.filter((fact) => fact.departmentId !== null && below.has(fact.departmentId))
  }

  it('S17 the number of customers is that of those who stand there now and came before this month', async () => {
    const { db } = company.app.services.database
    const before = startOfDay(daysLater(company.days.at(-1) ?? '', 1), zone)
    const firsts = new Map((await db.find(follows, { order: { beganAt: 'DESC', id: 'DESC' } })).filter((one) => one.endedAt === null).map((one) => [one.customerId, one.departmentId]))
    const all = (await db.find(customers)).filter((one) => one.createdAt < before)
    const home = (one: typeof all[number]) => (one.ownerStaffId !== null ? one.ownerDepartmentId : (one.poolDepartmentId ?? firsts.get(one.id) ?? null))
    const report = await read('marketing01', '/api/reports/customers?level=store')
    expect(report.countedUntil).toBe(company.days.at(-1))
    expect(valueOf(report.total?.customers)).toBe(all.length)
    const counts = report.groups.map((group) => [valueOf(group.figures.customers), all.filter((one) => home(one) === group.department.id).length])
    expect(counts.filter(([shown]) => shown !== null).length).toBeGreaterThan(1)
    for (const [shown, counted] of counts) if (shown !== null) expect(shown).toBe(counted)
  })

  it('S17 no small group follows from all answers of a report together, by whatever sums and differences', async () => {
    const { db } = company.app.services.database
    const tree = await db.find(departments)
    for (const [name, levels] of [['spending', ['department', 'region', 'store']], ['visits', ['department', 'region', 'store', 'staff']]] as const) {
      const facts = happened.filter((fact) => fact.report === name && company.days.includes(fact.day))
      const team = new Set((await db.find(staffDepartments)).map((one) => `${one.departmentId} ${one.staffId}`))
      /** A leaf is a department's own part, or one member's part of it. */
      const leafOf = (fact: Happened) => `${fact.departmentId ?? ''} ${levels.length < 4 ? '' : fact.staffId !== null && team.has(`${fact.departmentId ?? ''} ${fact.staffId}`) ? fact.staffId : 'other'}`
      const cells = [...new Set(facts.map((fact) => `${leafOf(fact)} ${fact.day}`))]
      const placeOf = new Map(cells.map((cell, place) => [cell, place]))
      const span = new LinearSpan(cells.length)
      const small: { what: string, places: number[] }[] = []
      const sums = (chosen: readonly Happened[]) => [...new Set(chosen.map((fact) => placeOf.get(`${leafOf(fact)} ${fact.day}`) ?? -1))]
      let [shown, withheld] = [0, 0]
      const asked = tree.filter((one) => one.deletedAt === null).map((one) => one.id)
      for (const period of ['month', ...(kind === 'sqlite' ? company.days : company.days.slice(0, 5))]) {
        const time = `period=${period === 'month' ? 'month' : 'day'}&from=${period === 'month' ? company.month : period}`
        const inPeriod = facts.filter((fact) => period === 'month' || fact.day === period)
        const answers = [...await Promise.all(levels.map((level) => read('marketing01', `/api/reports/${name}?level=${level}&${time}`))),
          ...await Promise.all(asked.map((id) => read('marketing01', `/api/reports/${name}?level=department&department=${id}&${time}`)))]
        for (const answer of answers) {
          const groups = [{ figures: answer.total ?? {}, facts: await within(inPeriod, answer.department?.id ?? 1) }, ...await Promise.all(answer.groups.map(async (group) => {
            const here = inPeriod.filter((fact) => fact.departmentId === group.department.id)
            const person = group.staff === null ? 'other' : await staffIdOf(company.app, group.staff.userid)
            return { figures: group.figures, facts: answer.level === 'staff' ? here.filter((fact) => leafOf(fact).endsWith(` ${person}`)) : group.direct ? here : await within(inPeriod, group.department.id) }
          }))]
          for (const group of groups) {
            const isShown = Object.values(group.figures).some((figure) => valueOf(figure) !== null)
            if (isShown) span.add(sums(group.facts))
            if (isShown) shown += 1
            else withheld += 1
            if (people(group.facts) > 0 && people(group.facts) < 5) small.push({ what: `${name} ${answer.level} ${period}`, places: sums(group.facts) })
          }
        }
      }
      expect([shown > 10, withheld > 10, small.length > 10]).toEqual([true, true, true])
      expect(small.filter(({ places }) => span.holds(places)).map(({ what }) => what)).toEqual([])
    }
  })

  it('S48 a supervisor opens her team\'s figures in one tap; another team\'s link gives nothing', async () => {
    const { app } = company
    const store = app.storeOf('manager01')
    const report = await read('manager01', '/api/reports/customers')
    expect(report).toMatchObject({ department: { id: store, kind: 'store' }, level: 'staff' })
    expect(valueOf(report.total?.newCustomers)).toBeGreaterThan(100)
    expect(await read('manager01', `/api/reports/customers?department=${store}`)).toEqual(report)
    expect(report.groups.map((group) => group.department.id)).toEqual(report.groups.map(() => store))
    expect(report.groups.map((group) => group.staff?.userid ?? 'others').sort()).toEqual(['clerk01', 'manager01', 'others', 'sales01'])
    const manager = await app.person('manager01')
    const unknown = faceOf(await manager.get('/api/reports/customers?department=999999'))
    expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('report.department_not_found')])
    for (const foreign of [app.storeOf('manager02'), app.storeOf('regional01'), 1]) {
      for (const level of ['', '&level=staff', '&level=total']) expect(faceOf(await manager.get(`/api/reports/customers?department=${foreign}${level}`))).toEqual(unknown)
    }
    expect((await manager.get('/api/reports')).body.departments.map((one: { id: number }) => one.id)).toEqual([store])
    const region = await read('regional01', `/api/reports/visits?department=${store}`)
    expect(region.department?.id).toBe(store)
  })

  it('S48 somebody with his own customers only has one figure over them, and no department', async () => {
    const rows = await rowsOf('sales01')
    const report = await read('sales01', '/api/reports/visits')
    expect([report.department, report.groups, report.level]).toEqual([null, [], 'total'])
    expect(valueOf(report.total?.visits)).toBe(happened.filter((fact) => fact.report === 'visits' && rows.has(fact.customerId) && company.days.includes(fact.day)).length)
    const link = await (await company.app.person('sales01')).get(`/api/reports/visits?department=${company.app.storeOf('sales01')}`)
    expect([link.status, link.body.error.code]).toEqual([404, 'report.department_not_found'])
    expect((await (await company.app.person('admin01')).get('/api/reports/visits')).status).toBe(403)
  })

  it('closed days and months only, and only whole ones', async () => {
    const marketing = await company.app.person('marketing01')
    const today = daysLater(company.days.at(-1) ?? '', 1)
    const refused = async (query: string) => (await marketing.get(`/api/reports/visits?${query}`)).body.error?.code
    expect(await refused(`period=month&from=${today}`)).toBe('report.period_open')
    expect(await refused('period=day&from=2099-01-01')).toBe('report.period_open')
    expect(await refused(`period=month&from=${company.days[1] ?? ''}`)).toBe('request.invalid')
    for (const wrong of ['period=week', 'period=day&from=2026-02-30', 'period=day&from=1999-12-31', 'from=x', 'level=customer', 'department=x', 'department=-1', 'to=2026-01-01']) {
      expect([wrong, await refused(wrong)]).toEqual([wrong, 'request.invalid'])
    }
    expect((await marketing.get('/api/reports/customers-by-phone')).body.error.code).toBe('report.not_found')
    expect((await marketing.get('/api/reports/spending?level=staff')).body.error.code).toBe('report.level_unavailable')
    const yesterday = await read('marketing01', '/api/reports/visits?period=day')
    expect(yesterday.period.from).toBe(yesterday.period.to)
  })

  it('more groups than a screen or a file takes are refused before anything is counted', async () => {
    const { access, database, clock } = company.app.services
    const actor = await access.actorFor(await staffIdOf(company.app, 'marketing01'))
    const run = (mostGroups: number) => runReport(database.db, actor, { name: 'customers', period: 'month', level: 'store' }, { now: clock(), zone }, { mostGroups })
    await expect(run(3)).rejects.toMatchObject({ code: 'report.too_many_groups', status: 400, data: { most: 3 } })
    expect((await run(4)).groups).toHaveLength(4)
  })

  it('a restriction narrows the figures for the next request; taking the right takes them', async () => {
    const { app } = company
    const before = valueOf((await read('manager01', '/api/reports/visits')).total?.visits) ?? 0
    const id = await app.restrict({ subject: { everyone: false, roles: [], staffIds: [await staffIdOf(app, 'manager01')], except: [] }, operations: ['marketing.reports.view'], scope: { kind: 'own' }, conditions: [] })
    // Of a department nobody knows who made its figures, so the restriction takes it; what is left is one figure over her other customers.
    const rows = await rowsOf('manager01')
    const narrowed = await read('manager01', '/api/reports/visits')
    expect([narrowed.department, narrowed.groups, valueOf(narrowed.total?.visits)])
      .toEqual([null, [], happened.filter((fact) => fact.report === 'visits' && rows.has(fact.customerId) && company.days.includes(fact.day)).length])
    await app.lift(id)
    expect(valueOf((await read('manager01', '/api/reports/visits')).total?.visits)).toBe(before)
    const all = await app.restrict({ subject: { everyone: false, roles: ['store-manager'], staffIds: [], except: [] }, operations: ['marketing.reports.view'], scope: { kind: 'all' }, conditions: [] })
    expect((await (await app.person('manager01')).get('/api/reports/visits')).status).toBe(403)
    await app.lift(all)
  })

  it('looking at figures is on the audit', async () => {
    const reply = await (await company.app.person('manager01')).get('/api/reports/visits')
    expect(await company.app.services.database.db.findBy(auditEntries, { requestId: reply.headers.get('x-request-id') ?? '' })).toMatchObject([{
      action: 'report.shown', operation: 'marketing.reports.view', outcome: 'allowed', subjectKind: 'department', subjectId: String(company.app.storeOf('manager01')),
      details: { report: 'visits', period: 'month', from: company.month, level: 'staff', groups: 4 },
    }])
  })
})
