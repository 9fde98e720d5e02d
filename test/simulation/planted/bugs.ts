import type { Agent } from '../../../crds/agent.ts'
import type { CronTask } from '../../../crds/cron-task.ts'
import type { Task } from '../../../crds/task.ts'
import { isWaiting } from '../../../functions/agent/queue.ts'
import { agentReconciler, wholeAgentReconciler } from '../../../functions/agent/index.ts'
import type { AgentSight } from '../../../functions/agent/sight.ts'
import { cronTaskReconciler } from '../../../functions/cron-task/index.ts'
import type { CronTaskSight } from '../../../functions/cron-task/sight.ts'
import { configReconciler } from '../../../functions/config/index.ts'
import type { FunctionRow } from '../../../functions/table.ts'
import { functionsTable } from '../../../functions/table.ts'
import { taskReconciler } from '../../../functions/task/index.ts'
import type { TaskSight } from '../../../functions/task/sight.ts'
import { sessionServer } from '../../../functions/workload/names.ts'
import { builtIn } from '../../../functions/workload/settings.ts'
import type { KubeObject, OwnKind, Ref } from '../../../shared/kubernetes.ts'
import type { Plan } from '../../../shared/plan.ts'
import type { ClusterReader } from '../../../shared/ports.ts'
import type { Deps, Reconciler } from '../../../shared/reconcile.ts'
import { reconcile } from '../../../shared/reconcile.ts'

/** The functions with a bug in them, and what must notice it. */
export interface Planted {
  readonly name: string
  /** Any of these invariants has to break. */
  readonly caughtBy: readonly string[]
  /** Names of the scenarios in which it is looked for. */
  readonly scenarios: readonly string[]
  readonly rows: readonly FunctionRow[]
}

const task = taskReconciler(builtIn)
const agent = wholeAgentReconciler(builtIn)

/** The project's functions with one of them replaced. */
const tableWith = <Sight extends { readonly parent: object }>(wrong: Reconciler<Sight>): readonly FunctionRow[] =>
  functionsTable(builtIn).map((row) =>
    row.kind === wrong.kind ? { ...row, deliver: (hint, deps) => reconcile(wrong, hint, deps) } : row,
  )

/** One of them with another door to the outside world. */
const tableThrough = (kind: OwnKind, change: (deps: Deps) => Deps): readonly FunctionRow[] =>
  functionsTable(builtIn).map((row) =>
    row.kind === kind ? { ...row, deliver: (hint, deps) => row.deliver(hint, change(deps)) } : row,
  )

const decided = <Sight extends { readonly parent: object }>(
  right: Reconciler<Sight>,
  change: (plan: Plan, sight: Sight, now: Date) => Plan,
): readonly FunctionRow[] =>
  tableWith({ ...right, decide: (sight, now) => change(right.decide(sight, now), sight, now) })

const seen = <Sight extends { readonly parent: object }>(
  right: Reconciler<Sight>,
  change: (sight: Sight, now: Date) => Sight,
): readonly FunctionRow[] => tableWith({ ...right, decide: (sight, now) => right.decide(change(sight, now), now) })

/** Everything that is read by name is read so. */
const reading = <Sight extends { readonly parent: object }>(
  right: Reconciler<Sight>,
  change: (found: KubeObject | undefined) => KubeObject | undefined,
): readonly FunctionRow[] =>
  tableWith({
    ...right,
    gather: (senses, key) => {
      const get = async (ref: Ref): Promise<KubeObject | undefined> => change(await senses.reader.get(ref))
      return right.gather({ ...senses, reader: { ...senses.reader, get: get as ClusterReader['get'] } }, key)
    },
  })

const withoutCreate = ({ create: _create, ...plan }: Plan): Plan => plan

let names = 0

/** Every Pod gets a name of its own, so that no name is a lock any more. */
const startsTwice = (plan: Plan): Plan => ({
  ...plan,
  ...(plan.create && {
    create: plan.create.map((object): KubeObject => {
      if (object.kind !== 'Pod') return object
      names += 1
      return { ...object, metadata: { ...object.metadata, name: `${object.metadata?.name}-${names}` } }
    }),
  }),
})

/** The limit is read as one more than it is. */
const admitsOneMore = (sight: AgentSight): AgentSight => {
  const { maxConcurrentTasks = 0 } = sight.profile
  return { ...sight, profile: { ...sight.profile, maxConcurrentTasks: maxConcurrentTasks + 1 } }
}

/** Starts are forgotten when their Tasks have ended. */
const forgetsStarts = (sight: AgentSight): AgentSight => {
  const { taskStartHistory: history = [], ...status } = sight.parent.status ?? {}
  const uids = new Set(sight.tasks.map(({ metadata }) => metadata.uid))
  return {
    ...sight,
    parent: { ...sight.parent, status: { ...status, taskStartHistory: history.filter(({ uid }) => uids.has(uid)) } },
  }
}

/** Whoever owns an object is taken for `parent`. */
const asOwn = <T extends KubeObject>({ kind, metadata }: KubeObject, object: T | undefined): T | undefined => {
  const owner = { apiVersion: 'kubeopencode.io/v1alpha1', kind, name: '', uid: metadata?.uid ?? '', controller: true }
  return object && { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } }
}

/** What a person has said reaches nobody. */
const tellsNobody = ({ tell: _tell, ...plan }: Plan): Plan => plan

/** The agent hears the answer in the same breath, before anybody has put it on record. */
const tellsUnrecorded = (plan: Plan, { parent, target, asking }: TaskSight): Plan => {
  const answers = (plan.status as Task['status'])?.answers ?? []
  const news = answers.length > (parent.status?.answers?.length ?? 0) ? answers.at(-1) : undefined
  const asked = Array.isArray(asking) ? asking.find(({ id }) => id === news?.id) : undefined
  if (!news || !asked || target.kind !== 'agent') return plan
  return { ...plan, tell: [{ server: sessionServer(target.agent), asked, reply: { verdict: news.verdict } }] }
}

/** Whoever has the name is taken for one's own. */
const adopts = (sight: TaskSight): TaskSight => ({ ...sight, pod: asOwn(sight.parent, sight.pod) })

/** The same with a Service, which is written over. */
const overwrites = (sight: AgentSight): AgentSight => ({ ...sight, service: asOwn(sight.parent, sight.service) })

/** The newest Task goes first. */
const lastComeFirstServed = (sight: AgentSight): AgentSight => {
  const uids = sight.tasks.map(({ metadata }) => metadata.uid ?? '').toSorted()
  const tasks = sight.tasks.map((one) => {
    const place = uids.length - uids.indexOf(one.metadata.uid ?? '')
    return { ...one, metadata: { ...one.metadata, creationTimestamp: new Date(place * 1000).toISOString() } }
  })
  return { ...sight, tasks }
}

/** A Task that has failed is read as if it were new. */
const startsAnew = (found: KubeObject | undefined): KubeObject | undefined => {
  if (found?.kind !== 'Task' || (found as Task).status?.phase !== 'Failed') return found
  const { status: _status, ...unborn } = found as Task
  return unborn
}

/** A Task does not miss its Pod. */
const neverMissesPod = (plan: Plan, { parent, pod }: TaskSight): Plan =>
  parent.status?.podName !== undefined && !pod ? {} : plan

/** The end of a Task is told, and its Pod is not asked to go. */
const leavesPodBehind = ({ remove: _remove, ...plan }: Plan): Plan => plan

/** The slot is announced as answered, and no Task is made. */
const skipsSlot = (plan: Plan, { parent, due, parsed }: CronTaskSight): Plan => {
  if (!plan.create || !due || !('schedule' in parsed)) return plan
  const next = parsed.schedule
    .next(new Date(due.seconds * 1000))
    ?.toISOString()
    .replace('.000', '')
  return { ...withoutCreate(plan), status: { ...parent.status, nextScheduleTime: next } }
}

/** The name of the slot is not looked at: what was counted is made again once its Task is cleaned up. */
const firesAgain = (sight: CronTaskSight): CronTaskSight => {
  const { lastScheduleTime } = sight.parent.status ?? {}
  if (lastScheduleTime === undefined || sight.children.length > 0) return sight
  return { ...sight, due: { seconds: Date.parse(lastScheduleTime) / 1000, holder: undefined } }
}

/** One slot too early. */
const announcesWrong = (plan: Plan): Plan => {
  const { nextScheduleTime, ...status } = (plan.status ?? {}) as NonNullable<CronTask['status']>
  if (!plan.status || nextScheduleTime === undefined) return plan
  const next = new Date(Date.parse(nextScheduleTime) + 60_000).toISOString().replace('.000', '')
  return { ...plan, status: { ...status, nextScheduleTime: next } }
}

/** A status that says when it was looked at. */
const writesAlways = (plan: Plan, _sight: AgentSight, now: Date): Plan => {
  const status = plan.status as Agent['status']
  return status ? { ...plan, status: { ...status, serviceName: `coder at ${now.toISOString()}` } } : plan
}

/** A Task fails, and no condition says why. */
const saysNothing = (plan: Plan): Plan => {
  const status = plan.status as Task['status']
  return status?.phase === 'Failed' ? { ...plan, status: { ...status, conditions: [] } } : plan
}

/** Whoever writes last is right: the ledger is written without the version it was read in. */
const claimsBlindly = (deps: Deps): Deps => ({
  ...deps,
  cluster: { ...deps.cluster, patchStatus: (ref, patch) => deps.cluster.patchStatus(ref, patch, '') },
})

/** Deletes what a namespace has too many of, whether it has ended or not. */
const cleansTooMuch = tableWith({
  ...configReconciler,
  gather: async (senses, key) => {
    const sight = await configReconciler.gather(senses, key)
    const { items } = await senses.reader.list('Task')
    const running = items.filter(({ status }) => status?.phase === 'Running')
    const surplus = running.map(({ metadata: { name, namespace = '', uid = '' } }) => ({ name, namespace, uid }))
    return sight && { ...sight, surplus: surplus as unknown as typeof sight.surplus }
  },
})

/** Gives a turn without a look at who holds the slots. */
const overlooksSlots = seen(agentReconciler(builtIn), (sight) =>
  'isTurn' in sight ? { ...sight, tasks: sight.tasks.filter(isWaiting), taskPods: [] } : sight,
)

/** Begins as soon as it has a slot, whoever got one before. */
const beginsAtOnce = seen(task, (sight) => ({ ...sight, predecessor: undefined }))

const queues = ['task-queued-by-capacity', 'crowd-of-12-limit-1']

export const planted: readonly Planted[] = [
  { name: 'a double start', caughtBy: ['I1'], scenarios: ['task-direct'], rows: decided(task, startsTwice) },
  { name: 'one Task too many at work', caughtBy: ['I2'], scenarios: queues, rows: seen(agent, admitsOneMore) },
  { name: 'a turn too many', caughtBy: ['I2'], scenarios: ['crowd-of-12-limit-1'], rows: overlooksSlots },
  {
    name: 'a claim without resourceVersion',
    caughtBy: ['I2', 'I3'],
    scenarios: ['crowd-of-12-limit-1'],
    rows: tableThrough('Agent', claimsBlindly),
  },
  {
    name: 'starts that are not counted to the end',
    caughtBy: ['I3'],
    scenarios: ['task-queued-by-quota'],
    rows: seen(agent, forgetsStarts),
  },
  { name: 'a queue turned round', caughtBy: ['I4'], scenarios: queues, rows: seen(agent, lastComeFirstServed) },
  {
    name: 'a Task that begins before its turn',
    caughtBy: ['I4'],
    scenarios: ['crowd-of-24-limit-3'],
    rows: beginsAtOnce,
  },
  { name: 'a lost fire', caughtBy: ['I5'], scenarios: ['cron-fire'], rows: decided(cronTaskReconciler, skipsSlot) },
  {
    name: 'a fire that comes twice',
    caughtBy: ['I5'],
    scenarios: ['cron-cleanup'],
    rows: seen(cronTaskReconciler, firesAgain),
  },
  {
    name: 'a wrong time announced',
    caughtBy: ['I5'],
    scenarios: ['cron-fire'],
    rows: decided(cronTaskReconciler, announcesWrong),
  },
  {
    name: 'a Task without its Pod',
    caughtBy: ['I6', 'I8'],
    scenarios: ['task-pod-vanishes'],
    rows: decided(task, neverMissesPod),
  },
  {
    name: 'an answer for nobody',
    caughtBy: ['I8'],
    scenarios: ['task-asks-a-person'],
    rows: decided(task, tellsNobody),
  },
  {
    name: 'an answer that is not on record',
    caughtBy: ['bug'],
    scenarios: ['task-asks-a-person'],
    rows: decided(task, tellsUnrecorded),
  },
  { name: 'a Pod left running', caughtBy: ['I8'], scenarios: ['task-timeout'], rows: decided(task, leavesPodBehind) },
  {
    name: 'a second life',
    caughtBy: ['I7'],
    scenarios: ['task-pod-deleted-by-others'],
    rows: reading(task, startsAnew),
  },
  {
    name: 'a write in a settled world',
    caughtBy: ['I8'],
    scenarios: ['agent-create'],
    rows: decided(agent, writesAlways),
  },
  { name: 'a foreign Pod adopted', caughtBy: ['I8', 'I9'], scenarios: ['task-foreign-pod'], rows: seen(task, adopts) },
  {
    name: 'a foreign Service overwritten',
    caughtBy: ['I9'],
    scenarios: ['agent-foreign-service'],
    rows: seen(agent, overwrites),
  },
  { name: 'a Task cleaned up at work', caughtBy: ['I9'], scenarios: ['cron-cleanup'], rows: cleansTooMuch },
  { name: 'a silent failure', caughtBy: ['I12'], scenarios: ['task-pod-failed'], rows: decided(task, saysNothing) },
]
