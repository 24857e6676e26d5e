import { namePostings, tagPosting, type ListCondition, type ListRequest } from '../access/index.ts'

/** What narrows a list of customers beside the row filter. Everything here was checked against what the caller may see. */
export interface CustomerSearch {
  readonly name?: string | undefined
  readonly stage?: string | undefined
  readonly tagId?: string | undefined
  readonly ownerStaffId?: string | undefined
  readonly mobileIndexes?: readonly string[] | undefined
}

/** `%` and `_` in a name are letters, not patterns. */
const pattern = (text: string) => `%${text.toLowerCase().replace(/[!%_]/g, (letter) => `!${letter}`)}%`

/** What a customer must meet, over the alias `customers`. */
export function conditionOf(search: CustomerSearch): ListCondition {
  const parts: string[] = ['1 = 1']
  const parameters: Record<string, unknown> = {}
  const add = (sql: string, name: string, value: unknown) => {
    parts.push(sql)
    parameters[name] = value
  }
  if (search.name !== undefined) add(`customers.name_search LIKE :searchName ESCAPE '!'`, 'searchName', pattern(search.name))
  if (search.stage !== undefined) add('customers.stage = :searchStage', 'searchStage', search.stage)
  if (search.ownerStaffId !== undefined) add('customers.owner_staff_id = :searchOwner', 'searchOwner', search.ownerStaffId)
  if (search.tagId !== undefined) {
    add('(SELECT 1 FROM customer_tags searched WHERE searched.customer_id = customers.id AND searched.tag_id = :searchTag LIMIT 1) IS NOT NULL', 'searchTag', search.tagId)
  }
  if (search.mobileIndexes !== undefined) {
    if (search.mobileIndexes.length === 0) parts.push('1 = 0')
    else add('customers.mobile_index IN (:...searchMobile)', 'searchMobile', [...search.mobileIndexes])
  }
  return { sql: parts.join(' AND '), parameters }
}

/** What helps to find those who meet it. */
export function narrowingOf(search: CustomerSearch): Pick<ListRequest, 'stage' | 'postings' | 'ownerStaffId' | 'isSelective'> {
  return {
    stage: search.stage ?? null,
    ownerStaffId: search.ownerStaffId ?? null,
    isSelective: search.mobileIndexes !== undefined,
    postings: [...(search.tagId === undefined ? [] : [tagPosting(search.tagId)]), ...(search.name === undefined ? [] : namePostings(search.name.toLowerCase()))],
  }
}
