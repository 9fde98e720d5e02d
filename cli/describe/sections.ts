import type { Event } from 'kubernetes-types/events/v1'
import type { Agent } from '../../crds/agent.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import type { CronTask } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { sinceText } from '../durations.ts'
import { entries, section, tableSection, yamlLines } from './layout.ts'

type Described = Task | Agent | AgentTemplate | CronTask | KubeOpenCodeConfig

const pairs = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')

/** What kubectl keeps there for itself. */
const unshown = 'kubectl.kubernetes.io/last-applied-configuration'

const ago = (time: string | undefined, now: Date): string | undefined =>
  time === undefined ? undefined : `${time} (${sinceText(time, now)} ago)`

const ahead = (time: string | undefined, now: Date): string | undefined => {
  if (time === undefined) return undefined
  const left = Date.parse(time) - now.getTime()
  return left < 0 ? ago(time, now) : `${time} (in ${sinceText(now.toISOString(), new Date(now.getTime() + left))})`
}

export const headSection = ({ kind, metadata }: KubeObject, now: Date): string[] => {
  const annotations = Object.fromEntries(
    Object.entries(metadata?.annotations ?? {}).filter(([name]) => name !== unshown),
  )
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)
  return entries([
    ['Name', metadata?.name],
    ['Namespace', metadata?.namespace],
    ['Kind', kind],
    ['Labels', pairs(metadata?.labels)],
    ['Annotations', pairs(annotations)],
    ['Owner', owner && `${owner.kind} ${owner.name}`],
    ['Created', ago(metadata?.creationTimestamp, now)],
    ['Deleting', ago(metadata?.deletionTimestamp, now)],
  ])
}

const task = ({ status, spec }: Task, now: Date): string[] => {
  const { session, queue, question, answers = [] } = status ?? {}
  const { summary } = session ?? {}
  const { tokenUsage } = summary ?? {}
  const tokens =
    tokenUsage &&
    Object.entries(tokenUsage)
      .map(([name, number]) => `${number} ${name}`)
      .join(', ')
  const changes =
    summary?.filesChanged === undefined
      ? undefined
      : `${summary.filesChanged} files, +${summary.additions ?? 0} -${summary.deletions ?? 0} lines`
  return [
    ...entries([
      ['Phase', status?.phase ?? 'not looked at yet'],
      ['Agent', spec.agentRef?.name],
      ['Template', spec.templateRef?.name],
      ['Pod', status?.podName],
      ['Timeout', spec.timeout],
      ['Started', ago(status?.startTime, now)],
      ['Ended', ago(status?.completionTime, now)],
    ]),
    ...section(
      'Queue',
      queue
        ? entries([
            ['Place', queue.position],
            ['Waiting', sinceText(queue.since, now)],
          ])
        : [],
    ),
    ...section(
      'Asks',
      question
        ? entries([
            ['Kind', question.kind],
            ['Id', question.id],
            ['Text', question.text],
            ['Waiting', sinceText(question.since, now)],
            ['Denied', ahead(question.deadline, now)],
          ])
        : [],
    ),
    ...tableSection(
      'Answers',
      ['TIME', 'BY', 'ANSWER', 'ASKED'],
      answers.map(({ time, by, verdict, text }) => [time, by, verdict, text]),
    ),
    ...section(
      'Session',
      session
        ? entries([
            ['Id', session.id],
            ['Title', session.title],
            ['Url', session.url],
            ['Messages', summary?.messageCount],
            ['Tokens', tokens],
            ['Cost', summary?.cost === undefined ? undefined : `${summary.cost} USD`],
            ['Changes', changes],
          ])
        : [],
    ),
  ]
}

const agent = ({ status, spec }: Agent, now: Date): string[] => [
  ...entries([
    ['Phase', status?.phase ?? 'not looked at yet'],
    ['Profile', spec.profile],
    ['Template', spec.templateRef?.name],
    ['Url', status?.url],
    ['Suspended', status?.suspended],
    ['Standby', spec.standby && `after ${spec.standby.idleTimeout} without work`],
    ['Idle since', ago(status?.idleSince, now)],
    ['Limit', spec.maxConcurrentTasks ? `${spec.maxConcurrentTasks} at once` : undefined],
    ['Quota', spec.quota && `${spec.quota.maxTaskStarts} starts in ${spec.quota.windowSeconds} s`],
    ['Queued', status?.queuedTasks],
  ]),
  ...tableSection(
    'At work',
    ['TASK', 'SINCE'],
    (status?.activeTasks ?? []).map(({ name, startTime }) => [name, sinceText(startTime, now)]),
  ),
  ...tableSection(
    'Repositories',
    ['CONTEXT', 'COMMIT', 'READ'],
    (status?.gitSyncStatuses ?? []).map((sync) => [
      sync.name,
      sync.commitHash ?? '',
      sync.lastSynced === undefined ? '' : `${sinceText(sync.lastSynced, now)} ago`,
    ]),
  ),
]

const cronTask = ({ spec, status }: CronTask, now: Date): string[] => [
  ...entries([
    ['Schedule', `${spec.schedule} (${spec.timeZone})`],
    ['Suspended', spec.suspend],
    ['Concurrency', spec.concurrencyPolicy],
    ['Retained', `${spec.maxRetainedTasks} Tasks at most`],
    ['Last run', ago(status?.lastScheduleTime, now)],
    ['Last success', ago(status?.lastSuccessfulTime, now)],
    ['Next run', spec.suspend ? undefined : ahead(status?.nextScheduleTime, now)],
    ['Runs', status?.totalExecutions],
  ]),
]

export const stateSection = (object: Described, now: Date): string[] => {
  if (object.kind === 'Task') return task(object, now)
  if (object.kind === 'Agent') return agent(object, now)
  if (object.kind === 'CronTask') return cronTask(object, now)
  if (object.kind === 'AgentTemplate') return entries([['Agents', object.status?.agents]])
  return []
}

export const specSection = (spec: object): string[] => section('Spec', yamlLines(spec))

export const conditionsSection = (conditions: readonly Condition[] | undefined, now: Date): string[] =>
  tableSection(
    'Conditions',
    ['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'],
    (conditions ?? []).map(({ type, status, lastTransitionTime, reason, message }) => [
      type,
      status,
      sinceText(lastTransitionTime, now),
      reason,
      message,
    ]),
  )

export interface Child {
  readonly kind: string
  readonly name: string
  readonly state: string
  readonly created: string | undefined
}

export const childrenSection = (heading: string, children: readonly Child[], now: Date): string[] =>
  tableSection(
    heading,
    ['KIND', 'NAME', 'STATE', 'AGE'],
    children.map(({ kind, name, state, created }) => [kind, name, state, sinceText(created, now)]),
  )

/** When an Event was, whoever wrote it. */
const timeOf = (event: Event): string =>
  event.series?.lastObservedTime ?? event.eventTime ?? event.metadata?.creationTimestamp ?? ''

export const eventsSection = (events: readonly Event[], now: Date): string[] => {
  const rows = events
    .toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .map((event) => [event.type ?? '', event.reason ?? '', sinceText(timeOf(event), now), event.note ?? ''])
  return rows.length === 0 ? ['Events:       none'] : tableSection('Events', ['TYPE', 'REASON', 'AGE', 'MESSAGE'], rows)
}
