import type { Agent, Condition, Task } from '../api/types.ts'
import { phaseOf } from './filters.ts'

/** Which condition tells most about each phase, the most telling first: [type, status]. */
const telling: Readonly<Record<string, readonly (readonly [string, Condition['status']])[]>> = {
  Pending: [['Ready', 'False']],
  Queued: [['Queued', 'True']],
  Running: [['Ready', 'False']],
  Completed: [['Stopped', 'True']],
  Failed: [
    ['Failed', 'True'],
    ['Ready', 'False'],
  ],
}

/** Why a Task is where it is, as its conditions say; undefined where there is nothing to explain. */
export const whyOf = (task: Task): Condition | undefined => {
  const conditions = task.status?.conditions ?? []
  for (const [type, status] of telling[phaseOf(task)] ?? []) {
    const found = conditions.find((one) => one.type === type && one.status === status)
    if (found) return found
  }
  return undefined
}

/** What keeps an Agent from doing Tasks, beside a server that is only on its way. */
export const troubleOf = ({ status }: Agent): Condition | undefined =>
  status?.conditions?.find(
    ({ type, status: said, reason }) => type === 'Ready' && said === 'False' && reason !== 'DeploymentNotReady',
  )

export const isOver = (task: Task): boolean => ['Completed', 'Failed'].includes(phaseOf(task))

export interface Moment {
  readonly label: string
  readonly at: string | undefined
  /** How it stands with this part of the way. */
  readonly state: 'done' | 'now' | 'ahead' | 'failed'
}

/** The way of a Task, from its creation to its end. */
export const timelineOf = (task: Task): readonly Moment[] => {
  const { status, metadata } = task
  const phase = phaseOf(task)
  const over = isOver(task)
  const queued = status?.conditions?.find(({ type }) => type === 'Queued')
  const waited: Moment[] =
    phase === 'Queued' || queued
      ? [
          {
            label: 'Queued',
            at: phase === 'Queued' ? (status?.queue?.since ?? queued?.lastTransitionTime) : undefined,
            state: phase === 'Queued' ? 'now' : 'done',
          },
        ]
      : []
  return [
    { label: 'Created', at: metadata.creationTimestamp, state: phase === 'Pending' ? 'now' : 'done' },
    ...waited,
    {
      label: 'Running',
      at: status?.startTime,
      state: over ? (status?.startTime ? 'done' : 'ahead') : phase === 'Running' ? 'now' : 'ahead',
    },
    {
      label: over ? (isStopped(task) ? 'Stopped' : phase) : 'Completed',
      at: status?.completionTime,
      state: phase === 'Failed' ? 'failed' : over ? 'done' : 'ahead',
    },
  ]
}

export const isStopped = (task: Task): boolean =>
  (task.status?.conditions ?? []).some(({ type, status }) => type === 'Stopped' && status === 'True')
