import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'

export const listEntrances = contract({
  method: 'GET',
  path: '/api/entrances',
  summary: 'The store codes that the caller may see and show.',
  needs: needsOperation('marketing.entrances.view'),
  returns: z.object({
    items: z.array(z.object({
      id: z.string(), storeName: z.string(), departmentId: z.number().int(), qrCode: z.string().nullable(),
      status: z.enum(['wanted', 'creating', 'ready', 'parked', 'closed']), staffCount: z.number().int(), mine: z.boolean(),
    }).strict()),
  }).strict(),
})
