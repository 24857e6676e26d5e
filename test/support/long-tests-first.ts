import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** Where the tests wait for minutes: what begins last must not be one of these, or everything waits for it alone. */
const long = ['/test/crash/', '/test/stories/fifty-managers', '/test/stories/every-route', '/test/access/differential']

/** Without figures of an earlier run vitest begins with the largest files. */
export class LongTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (long.some((part) => moduleId.includes(part)) ? 0 : 1)
    return [...await super.sort(files)].sort((one, other) => rank(one) - rank(other))
  }
}
