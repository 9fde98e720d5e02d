import type { CronTask, Task } from '../api/types.ts'
import { link } from '../shell/router.ts'
import { cronInWords } from '../text/cron-words.ts'
import { timeText } from '../text/ago.ts'
import { phaseOf } from '../text/filters.ts'
import { Badge, Shape } from './badge.tsx'
import { stateOf } from './task-row.tsx'
import { Ago } from './times.tsx'

export const cronTaskState = ({ spec, status }: CronTask): string => {
  const ready = (status?.conditions ?? []).find(({ type }) => type === 'Ready')
  if (ready?.reason === 'InvalidSchedule') return 'Invalid'
  if (spec.suspend) return 'Suspended'
  return ready?.status === 'False' ? 'Not ready' : 'Scheduled'
}

const mostRuns = 24

/** The last runs, the newest at the end: a square each, which says by shape, colour and name how it went. */
export const History = ({ tasks }: { tasks: readonly Task[] }) => (
  <ol class="history" aria-label="Last runs">
    {tasks
      .slice(0, mostRuns)
      .toReversed()
      .map((task) => {
        const { namespace = '', name, creationTimestamp = '' } = task.metadata
        return (
          <li key={task.metadata.uid}>
            <a
              class={`run run-${phaseOf(task).toLowerCase()}`}
              href={link(['tasks', namespace, name])}
              title={`${stateOf(task)}, ${timeText(creationTimestamp)}`}
            >
              <Shape state={stateOf(task)} />
              <span class="unseen">
                {name}: {stateOf(task)}
              </span>
            </a>
          </li>
        )
      })}
  </ol>
)

/** Tasks of a CronTask, newest first. */
export const runsOf = ({ metadata }: CronTask, tasks: readonly Task[]): readonly Task[] =>
  tasks.filter(
    (task) =>
      task.metadata.namespace === metadata.namespace &&
      task.metadata.labels?.['kubeopencode.io/crontask'] === metadata.name,
  )

const mostInRow = 10

/** The last runs in a line of a list, where the whole line is the link. */
const Strip = ({ tasks }: { tasks: readonly Task[] }) => (
  <span class="row-strip">
    {tasks
      .slice(0, mostInRow)
      .toReversed()
      .map((task) => (
        <span key={task.metadata.uid}>
          <Shape state={stateOf(task)} />
          <span class="unseen">{stateOf(task)} </span>
        </span>
      ))}
  </span>
)

export const CronTaskRow = ({
  cronTask,
  runs,
  isPlaced,
}: {
  cronTask: CronTask
  runs: readonly Task[]
  isPlaced: boolean
}) => {
  const { metadata, spec, status } = cronTask
  const { namespace = '', name } = metadata
  return (
    <li>
      <a class="row cron-row" href={link(['crontasks', namespace, name])}>
        <Badge state={cronTaskState(cronTask)} />
        <span class="row-name" title={name}>
          {isPlaced && <span class="faint">{namespace}/</span>}
          {name}
        </span>
        <span class="row-note">
          {cronInWords(spec.schedule) ?? spec.schedule}
          {spec.timeZone && spec.timeZone !== 'UTC' ? `, ${spec.timeZone}` : ''}
        </span>
        <Strip tasks={runs} />
        <span class="row-number">{status?.active ? `${status.active} at work` : ''}</span>
        <span class="row-age">
          {spec.suspend ? <span class="faint">held</span> : <Ago at={status?.nextScheduleTime} />}
        </span>
      </a>
    </li>
  )
}
