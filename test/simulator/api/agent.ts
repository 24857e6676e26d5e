import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import type { Core } from '../core.ts'
import { WecomFault } from '../fault.ts'
import { fails } from '../schema.ts'

function summary(core: Core) {
  return { agentid: core.options.agentId, name: 'SCRM', square_logo_url: 'https://img.example.com/l/0' }
}

/** WeCom doc path/90227: the way to read the visible range. */
const get = endpoint({
  method: 'GET',
  path: 'agent/get',
  input: z.object({ agentid: z.string(fails(40063, 40056)).regex(/^\d+$/, '40056').transform(Number) }),
  handle: ({ agentid }, { core }) => {
    if (agentid !== core.options.agentId) throw new WecomFault(301002)
    const { userids, departmentIds } = core.state.visible
    return {
      ...summary(core),
      description: '',
      allow_userinfos: { user: [...userids].map((userid) => ({ userid: core.state.staff.get(userid)?.userid ?? userid })) },
      allow_partys: { partyid: [...departmentIds] },
      allow_tags: { tagid: [] },
      close: 0,
      redirect_domain: core.options.trustedDomain ?? '',
      report_location_flag: 0,
      isreportenter: 1,
      home_url: '',
    }
  },
})

const list = endpoint({ method: 'GET', path: 'agent/list', input: z.looseObject({}), handle: (_input, { core }) => ({ agentlist: [summary(core)] }) })

export const agentEndpoints = [get, list]
