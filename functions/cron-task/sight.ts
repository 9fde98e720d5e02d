import type { CronTask } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'
import type { parseSchedule } from '../../shared/schedule.ts'

/** A run that should be made, and the Task that has its name, whoever owns it. */
export interface Run {
  /** Seconds since 1970; they are in the name. */
  readonly seconds: number
  readonly holder: Task | undefined
}

/** Everything that is known when a CronTask is decided on. */
export interface CronTaskSight {
  readonly parent: CronTask
  readonly parsed: ReturnType<typeof parseSchedule>
  /** When it was looked at; `due` is what was due then. */
  readonly seenAt: Date
  /** Tasks that this CronTask controls. */
  readonly children: readonly Task[]
  /** The latest slot that is owed. */
  readonly due: Run | undefined
  /** A run that was asked for by hand, once its name is chosen. */
  readonly trigger: Run | undefined
  /** Tasks that were stopped to be replaced, whose Pods still run. */
  readonly lingering: readonly string[]
}
