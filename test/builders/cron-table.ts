import { expect, test } from 'vitest'
import type { CronTask, CronTaskStatus } from '../../crds/cron-task.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { mergePatch } from '../../shared/merge-patch.ts'
import type { Plan } from '../../shared/plan.ts'
import { decideCronTask } from '../../functions/cron-task/decide.ts'
import { settledCronTasks } from '../../functions/cron-task/settled.ts'
import { withMetadata } from './change.ts'
import { cronTaskSight, secondsAt } from './cron-task.ts'
import { memoryCluster } from './memory-cluster.ts'
import { task } from './task.ts'
import { now } from './time.ts'
import type { Told } from './told.ts'
import { told } from './told.ts'

export const statusOf = ({ status }: Plan): CronTaskStatus => (status ?? {}) as CronTaskStatus

interface Case {
  readonly name: string
  readonly parent: CronTask
  readonly objects?: readonly KubeObject[]
  readonly seenAt?: Date
  readonly want: Told
  /** Parts of the status that matter here. */
  readonly status?: CronTaskStatus
}

export const phase = 'none'
export const itself = 'CronTask/default/nightly'

export const slot = (offset: number) => `nightly-${secondsAt(offset)}`
export const create = (offset: number): Told => ({ create: [`Task default/${slot(offset)}`], wake: [itself] })
export const scheduled = ['Ready=True Scheduled']
export const hour = 3600

/** A Task of that name that somebody else made. */
export const foreign = (offset: number) => task(withMetadata({ name: slot(offset) }))

export const cronTable = (cases: readonly Case[]) =>
  test.each(cases)('$name', async ({ parent, objects = [], seenAt = now, want, status = {} }) => {
    const plan = decideCronTask(await cronTaskSight(parent, objects, seenAt), seenAt)
    expect(told(plan)).toEqual(want)
    expect(statusOf(plan)).toMatchObject(status)
    // A sweep passes over nobody for whom there is something to do.
    const settled = await settledCronTasks(memoryCluster(parent, ...objects), [parent], seenAt)
    const { status: wanted = {}, againSeconds: _again, ...rest } = plan
    const news = { ...rest, ...mergePatch(parent.status ?? {}, wanted) }
    expect(settled.has(parent) ? news : {}).toEqual({})
  })
