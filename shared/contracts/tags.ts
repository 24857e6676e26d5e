import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'

/** The company's own dictionary: which tags there are, whoever wears them. */
export const listTags = contract({
  method: 'GET',
  path: '/api/tags',
  summary: 'All tags of the company in their groups, for conditions.',
  needs: needsOperation('customer.labels.view'),
  returns: z.object({ groups: z.array(z.object({ name: z.string(), tags: z.array(z.object({ id: z.string(), name: z.string() }).strict()) }).strict()) }).strict(),
})
