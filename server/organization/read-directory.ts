import type { WecomClient, WecomDepartment, WecomStaff } from '../wecom/index.ts'

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
    if (!staff.has(userid)) staff.set(userid, await wecom.getStaff(userid))
  }
  return { departments, staff: [...staff.values()] }
}
