import type { ActiveTask, Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import { conditionOf } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Ref } from '../../shared/kubernetes.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { taskPodName } from '../workload/names.ts'
import { holdsPlace } from '../workload/pod-outcome.ts'
import type { AgentTask } from './queue.ts'

const withoutSpec = (task: Task): AgentTask => {
  const { spec: _spec, ...rest } = task
  return rest
}

/** Of each page only what is needed is kept: a description may have as many bytes as thousands of Tasks without. */
const tasksOf = async (reader: ClusterReader, namespace: string, fieldSelector: string): Promise<AgentTask[]> => {
  const tasks: AgentTask[] = []
  let next: string | undefined
  do {
    const page = await reader.list('Task', {
      namespace,
      fieldSelector,
      limit: 500,
      ...(next !== undefined && { continue: next }),
    })
    tasks.push(...page.items.map(withoutSpec))
    next = page.continue
  } while (next !== undefined)
  return tasks
}

export const unfinishedTasks = (reader: ClusterReader, namespace: string, agent: string): Promise<AgentTask[]> =>
  tasksOf(reader, namespace, `spec.agentRef.name=${agent},status.phase!=Completed,status.phase!=Failed`)

/** Up to so many Tasks are read one by one, which is quicker than a list of them. */
const few = 8

/** Whether more Tasks hold a slot than are read one by one. */
export const isCrowd = ({ status }: Agent): boolean => (status?.activeTasks ?? []).length > few

/** Of the Tasks that hold a slot those that run, where they are many: as many as the Agent takes at once, however many wait. */
export const crowdAtWork = async (reader: ClusterReader, agent: Agent): Promise<AgentTask[]> =>
  isCrowd(agent)
    ? tasksOf(reader, agent.metadata.namespace ?? '', `spec.agentRef.name=${agent.metadata.name},status.phase=Running`)
    : []

/** Of more holders than that, which come and go faster, too many would be read in vain. */
const fewAhead = 3

/** What a turn will need when one of its Tasks has ended: who holds slots, and who comes next. */
export const aheadOfTurn = ({ metadata: { namespace = '' }, status = {} }: Agent): Ref[] => {
  const { activeTasks = [], nextTasks = [] } = status
  const holders = activeTasks.length > fewAhead ? [] : activeTasks
  return [...holders, ...nextTasks.slice(0, 1)].map(({ name }) => ({ kind: 'Task', namespace, name }))
}

/** Its own Pod has said so, and has ended: a Task that was stopped, or failed, may have one that is at work for a while. */
const hasFinishedWork = (task: Task | undefined, uid: string): boolean =>
  task?.metadata.uid === uid && conditionOf(task.status?.conditions, 'Complete')?.status === 'True'

/** A Task that holds a slot. One of another uid may have been read before its Agent was, so it is read again. */
const holderOf = async (
  reader: ClusterReader,
  namespace: string,
  { name, uid }: ActiveTask,
): Promise<Task | undefined> => {
  const ref = { kind: 'Task', namespace, name } as const
  const seen = await reader.get(ref)
  return seen?.metadata.uid === uid ? seen : reader.get(ref)
}

/** What became of the Tasks that hold a slot and are not among `listed`. */
export interface Slots {
  /** Those that have not ended. */
  readonly missed: readonly AgentTask[]
  /** Pods of those that were ended or are gone, as far as they are there. */
  readonly taskPods: readonly Pod[]
}

/** A slot is freed for good, so that its Task has ended is not believed of a list alone, which may be an old one. */
export const slotsOf = async (reader: ClusterReader, agent: Agent, listed: readonly AgentTask[]): Promise<Slots> => {
  const { namespace = '' } = agent.metadata
  const uids = new Set(listed.map(({ metadata }) => metadata.uid))
  const left = (agent.status?.activeTasks ?? []).filter(({ uid }) => !uids.has(uid))
  const tasks = await Promise.all(left.map((entry) => holderOf(reader, namespace, entry)))
  const missed = tasks.filter(
    (task, index): task is Task => task !== undefined && task.metadata.uid === left[index]?.uid && !isFinished(task),
  )
  const ended = left.filter(
    ({ uid }, index) => !missed.some(({ metadata }) => metadata.uid === uid) && !hasFinishedWork(tasks[index], uid),
  )
  const pods = await Promise.all(
    ended.map(({ name }) => reader.get({ kind: 'Pod', namespace, name: taskPodName(name) })),
  )
  return { missed, taskPods: pods.filter((pod) => pod !== undefined) }
}

const ownerUid = ({ metadata }: Pod): string =>
  metadata?.ownerReferences?.find(({ controller }) => controller)?.uid ?? ''

/** uids of Tasks that have ended or are gone, while their Pod is still at work. */
export const lingeringOf = (taskPods: readonly Pod[], now: Date): ReadonlySet<string> =>
  new Set(taskPods.filter((pod) => holdsPlace(pod, now)).map(ownerUid))
