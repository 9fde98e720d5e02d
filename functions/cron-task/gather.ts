import { annotations, labels } from '../../crds/names.ts'
import type { CronTask } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'
import type { Key } from '../../shared/hint.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { parseSchedule } from '../../shared/schedule.ts'
import { taskPodName } from '../workload/names.ts'
import { podOutcome } from '../workload/pod-outcome.ts'
import { childName, claimedSeconds } from './names.ts'
import { isFinished } from '../../shared/finished.ts'
import type { CronTaskSight, Run } from './sight.ts'
import { dueSlot } from './slots.ts'

/** A Pod that its node does not let go of counts as ended this long after its Task was stopped, in seconds. */
const longestGoodbyeSeconds = 120

/** Tasks by the uid of the CronTask that controls them; those of CronTasks of one namespace are in one list. */
export const childrenOf = async (
  reader: ClusterReader,
  parents: readonly CronTask[],
): Promise<ReadonlyMap<string, readonly Task[]>> => {
  const children = new Map(parents.map(({ metadata }) => [metadata.uid ?? '', [] as Task[]]))
  const namespace = parents[0]?.metadata.namespace ?? ''
  const names = parents.map(({ metadata }) => metadata.name)
  const labelSelector = `${labels.cronTask} in (${names.join(',')})`
  for await (const tasks of pagesOf(reader, 'Task', { namespace, labelSelector }))
    for (const task of tasks) {
      const owner = task.metadata.ownerReferences?.find(({ controller }) => controller === true)
      if (owner) children.get(owner.uid)?.push(task)
    }
  return children
}

/** Stopped Tasks whose agent may still be at work. */
const lingeringOf = async (reader: ClusterReader, children: readonly Task[], now: Date): Promise<string[]> => {
  const stopped = children.filter(
    ({ metadata, status }) =>
      metadata.annotations?.[annotations.stop] === 'true' &&
      status?.completionTime !== undefined &&
      secondsSince(status.completionTime, now) < longestGoodbyeSeconds,
  )
  const running = await Promise.all(
    stopped.map(async ({ metadata: { name, namespace = '', uid } }) => {
      const pod = await reader.get({ kind: 'Pod', namespace, name: taskPodName(name) })
      const isRunning = pod && isControlledBy(pod, uid) && !['succeeded', 'failed'].includes(podOutcome(pod).state)
      return isRunning ? [name] : []
    }),
  )
  return running.flat()
}

/** All that there is to know of a CronTask that was read, and its Tasks. */
export const lookAtCronTask = async (
  { reader, now }: Pick<Senses, 'reader' | 'now'>,
  parent: CronTask,
  children: readonly Task[],
): Promise<CronTaskSight> => {
  const { spec, metadata } = parent
  const { name, namespace = '' } = metadata
  const parsed = parseSchedule(spec.schedule, spec.timeZone)

  const runAt = async (seconds: number | undefined): Promise<Run | undefined> => {
    if (seconds === undefined) return undefined
    const child = childName(name, seconds)
    const own = children.find((task) => task.metadata.name === child)
    return { seconds, holder: own ?? (await reader.get({ kind: 'Task', namespace, name: child })) }
  }
  const slot = 'schedule' in parsed ? dueSlot(parent, parsed.schedule, now) : undefined
  const isToReplace = slot !== undefined && spec.concurrencyPolicy === 'Replace' && children.every(isFinished)
  const [due, trigger, lingering] = await Promise.all([
    runAt(slot && slot.getTime() / 1000),
    runAt(claimedSeconds(metadata.annotations?.[annotations.trigger])),
    isToReplace ? lingeringOf(reader, children, now) : [],
  ])
  return { parent, parsed, seenAt: now, children, due, trigger, lingering }
}

export const gatherCronTask = async (
  senses: Senses,
  { namespace = '', name }: Key,
): Promise<CronTaskSight | undefined> => {
  const parent = await senses.reader.get({ kind: 'CronTask', namespace, name })
  if (!parent) return undefined
  const children = await childrenOf(senses.reader, [parent])
  return lookAtCronTask(senses, parent, children.get(parent.metadata.uid ?? '') ?? [])
}
