import { WecomError, type WecomClient, type WecomDepartment, type WecomStaff } from '../wecom/index.ts'

/** What WeCom shows this app of the company at one moment. */
export interface DirectorySnapshot {
  readonly departments: readonly WecomDepartment[]
  readonly staff: readonly WecomStaff[]
}

/**
 * Reads the whole visible directory. Throws when any part fails: an incomplete picture would look like people who left.
 */
export async function readDirectory(wecom: WecomClient): Promise<DirectorySnapshot> {
  const [departments, app] = await Promise.all([wecom.listDepartments(), wecom.getApp()])
  const staff = new Map<string, WecomStaff>()
  for (const department of departments) {
    for (const person of await wecom.listStaffOf(department.id)) staff.set(person.userid, person)
  }
  const tagged = await Promise.all(app.visible.tagIds.map((tagId) => wecom.getTagMembers(tagId)))
  const single = [...app.visible.userids, ...tagged.flatMap((tag) => tag.userids)].map((userid) => userid.toLowerCase())
  for (const userid of single) {
    const person = staff.has(userid) ? null : await readSingle(wecom, userid)
    if (person !== null) staff.set(userid, person)
  }
  return { departments, staff: [...staff.values()] }
}

/** WeCom's answers about a person outside the visible range of the app. */
const outOfRange: ReadonlySet<number> = new Set([50002, 60011, 60021, 60030])

/**
 * How WeCom shows one person at this moment, or null. The departments are read one after the other: whoever was moved meanwhile from
 * one not read yet to one read already stood in no list and is there all the same.
 */
export async function readMissing(wecom: Pick<WecomClient, 'getStaff'>, userid: string): Promise<WecomStaff | null> {
  try {
    return await readSingle(wecom, userid)
  } catch (error) {
    if (error instanceof WecomError && outOfRange.has(error.errcode)) return null
    throw error
  }
}

/** One person who is named in the visible range. "Gone" is an answer about him and no hole in the picture. */
async function readSingle(wecom: Pick<WecomClient, 'getStaff'>, userid: string): Promise<WecomStaff | null> {
  try {
    return await wecom.getStaff(userid)
  } catch (error) {
    if (error instanceof WecomError && error.kind === 'gone') return null
    throw error
  }
}
