import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { byAge, isWaiting } from '../../functions/agent/queue.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { sinceText } from '../durations.ts'
import type { Io } from '../io.ts'
import { plainText, print } from '../io.ts'
import { isFinished } from '../../shared/finished.ts'
import { endingOf } from './outcome.ts'

/** All that `why` looks at. */
export interface WhySight {
  readonly task: Task
  readonly agent?: Agent | undefined
  readonly profile?: Profile | undefined
  /** The Agent's Tasks that have not ended; undefined where they may not be listed. */
  readonly others?: readonly Task[] | undefined
}

/** A message ends with its place in the queue, which stands in the first line already. */
const withoutPlace = (message: string): string => message.replace(/; position \d+ in the queue$/, '')

/** How many of a list are named. */
const most = 5

const named = (tasks: readonly Task[]): string => {
  const names = tasks.slice(0, most).map(({ metadata }) => metadata.name)
  return names.join(', ') + (tasks.length > most ? ` and ${tasks.length - most} more` : '')
}

const running = (agent: Agent, now: Date): string[] => {
  const active = agent.status?.activeTasks ?? []
  if (active.length === 0) return []
  return ['At work there now:', ...active.map(({ name, startTime }) => `  ${name}, since ${sinceText(startTime, now)}`)]
}

/** What would let it go, beyond what its condition says. */
const remedies = (reason: string, agent: Agent | undefined, profile: Profile | undefined): string[] => {
  const name = agent?.metadata.name
  if (reason === 'AgentSuspended') return [`To let it begin: kubeoc agent resume ${name}`]
  if (reason === 'AgentServerNotReady') return [`To see what the server waits for: kubeoc describe agent ${name}`]
  if (reason !== 'AgentAtCapacity') return []
  const limit = profile?.maxConcurrentTasks
  return [
    `To make room: kubeoc task stop NAME, or raise maxConcurrentTasks${limit === undefined ? '' : ` (now ${limit})`}`,
  ]
}

const whyQueued = ({ task, agent, profile, others }: WhySight, now: Date): string[] => {
  const { metadata, status } = task
  const condition = conditionOf(status?.conditions, 'Queued')
  const { position, since } = status?.queue ?? {}
  const place = position === undefined ? '' : ` at place ${position}`
  const before = others
    ?.filter((other) => isWaiting(other) && other.metadata.uid !== metadata.uid && byAge(other, task) < 0)
    .toSorted(byAge)
  return [
    `Task ${metadata.name} waits${place}, since ${sinceText(since ?? metadata.creationTimestamp, now)}.`,
    `${condition?.reason ?? 'Queued'}: ${withoutPlace(condition?.message ?? 'no reason is known yet')}`,
    ...(before === undefined || before.length === 0 ? [] : [`Before it: ${named(before)}`]),
    ...(agent ? running(agent, now) : []),
    ...remedies(condition?.reason ?? '', agent, profile),
  ]
}

/** What its agent waits to be told, and how that is done. */
const whyAsking = ({ metadata: { name }, status }: Task, now: Date): string[] => {
  const question = status?.question
  if (!question) return []
  const { kind, id, text, always = [], since, deadline } = question
  const isPermission = kind === 'Permission'
  return [
    `Task ${name} waits for a person, since ${sinceText(since, now)}: its agent asks ${isPermission ? 'for leave to use' : 'a question'}`,
    `  ${text}`,
    ...(deadline === undefined ? [] : [`It is denied at ${deadline} if nobody answers.`]),
    isPermission
      ? `To allow it: kubeoc task approve ${name} --id ${id}`
      : `To answer it: kubeoc task reply ${name} --id ${id} "your answer"`,
    ...(always.length > 0 ? [`With --always it may do from then on without asking: ${always.join('; ')}`] : []),
    `To refuse it: kubeoc task deny ${name} --id ${id}`,
  ]
}

const whyFinished = (task: Task): string[] => {
  const { name } = task.metadata
  const { result, message } = endingOf(task)
  if (result === 'done') return [`Task ${name} is done; it waits for nothing.`]
  if (result === 'stopped') return [`Task ${name} was stopped: ${message}.`]
  const log = task.status?.podName === undefined ? [] : [`Its log: kubeoc task logs ${name}`]
  return [`Task ${name} has failed.`, message, ...log]
}

/** What keeps its Agent's server from it, as far as anybody has noticed. */
const silence = ({ agent, task }: WhySight): string[] => {
  const ready = conditionOf(agent?.status?.conditions, 'Ready')
  const asks = conditionOf(task.status?.conditions, 'ApprovalPending')
  if (asks?.status === 'Unknown') return [`${asks.reason}: ${asks.message}`]
  return agent?.status?.phase === 'NotReady' && ready?.status === 'False'
    ? [`Agent ${agent.metadata.name} does not answer now: ${ready.message}`]
    : []
}

/** A controller that runs has looked at a new Task long before. */
const unseenMs = 5_000

/** Why a Task is where it is, in lines for a person. Pure. */
export const whyLines = (sight: WhySight, now: Date): string[] => {
  const { task } = sight
  const { name, creationTimestamp, deletionTimestamp } = task.metadata
  const { phase, startTime, conditions } = task.status ?? {}
  if (deletionTimestamp !== undefined) return [`Task ${name} is being deleted.`]
  if (isFinished(task)) return whyFinished(task)
  if (phase === 'Queued') return whyQueued(sight, now)
  const asking = whyAsking(task, now)
  if (asking.length > 0) return asking
  const ready = conditionOf(conditions, 'Ready')
  const trouble = ready?.status === 'False' ? [`${ready.reason}: ${ready.message}`] : []
  if (phase === 'Running')
    return trouble.length > 0
      ? [`Task ${name} has a Pod that does not start, since ${sinceText(startTime, now)}.`, ...trouble]
      : [
          `Task ${name} is at work, since ${sinceText(startTime, now)}. To see it: kubeoc task logs -f ${name}`,
          ...silence(sight),
        ]
  if (trouble.length > 0) return [`Task ${name} cannot begin, since ${sinceText(creationTimestamp, now)}.`, ...trouble]
  const age = now.getTime() - Date.parse(creationTimestamp ?? '')
  if (phase === 'Pending' || age < unseenMs) return [`Task ${name} is about to begin.`]
  return [
    `Nobody has looked at Task ${name} yet, since ${sinceText(creationTimestamp, now)}.`,
    'If that does not change, the controller does not run: kubeoc doctor looks for it',
  ]
}

const sightOf = async (task: Task, api: Awaited<ReturnType<typeof openCluster>>['api']): Promise<WhySight> => {
  const namespace = task.metadata.namespace ?? ''
  const agentName = task.spec.agentRef?.name
  if (agentName === undefined || isFinished(task)) return { task }
  const nothing = (): undefined => undefined
  const [agent, others] = await Promise.all([
    api.find({ kind: 'Agent', namespace, name: agentName }).catch(nothing),
    api
      .list('Task', {
        namespace,
        fieldSelector: `spec.agentRef.name=${agentName},status.phase!=Completed,status.phase!=Failed`,
      })
      .catch(nothing),
  ])
  const templateName = agent?.spec.templateRef?.name
  const template =
    templateName === undefined
      ? undefined
      : await api.find({ kind: 'AgentTemplate', namespace, name: templateName }).catch(nothing)
  return { task, agent, others, ...(agent && { profile: mergeTemplate(agent.spec, template?.spec) }) }
}

export const why = async (io: Io, name: string, options: ClusterOptions): Promise<void> => {
  const { api, namespace } = await openCluster(options, io)
  const task = await api.need({ kind: 'Task', namespace, name })
  for (const line of whyLines(await sightOf(task, api), io.now())) print(io, plainText(line))
}
