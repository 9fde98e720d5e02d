import { expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { agentReconciler } from '../../functions/agent/index.ts'
import type { AgentSight } from '../../functions/agent/sight.ts'
import type { FunctionRow } from '../../functions/table.ts'
import { functionsTable } from '../../functions/table.ts'
import { taskReconciler } from '../../functions/task/index.ts'
import type { TaskSight } from '../../functions/task/sight.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject, Ref } from '../../shared/kubernetes.ts'
import type { Plan } from '../../shared/plan.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Reconciler } from '../../shared/reconcile.ts'
import { reconcile } from '../../shared/reconcile.ts'
import { play } from './run.ts'
import { scenarios } from './scenarios/index.ts'

type Wrong<Sight extends { readonly parent: object }> = (right: Reconciler<Sight>) => Reconciler<Sight>

const task = taskReconciler(builtIn)
const agent = agentReconciler(builtIn)

/** The project's functions with one of them replaced. */
const tableWith = <Sight extends { readonly parent: object }>(wrong: Reconciler<Sight>): readonly FunctionRow[] =>
  functionsTable(builtIn).map((row) =>
    row.kind === wrong.kind ? { ...row, deliver: (hint, deps) => reconcile(wrong, hint, deps) } : row,
  )

const decided = <Sight extends { readonly parent: object }>(
  right: Reconciler<Sight>,
  change: (plan: Plan, sight: Sight, now: Date) => Plan,
): Reconciler<Sight> => ({ ...right, decide: (sight, now) => change(right.decide(sight, now), sight, now) })

/** Every Pod gets a name of its own, so that no name is a lock any more. */
const startsTwice: Wrong<TaskSight> = (right) =>
  decided(right, (plan, _sight, now) => ({
    ...plan,
    ...(plan.create && {
      create: plan.create.map((object): KubeObject => {
        const name = `${object.metadata?.name}-${now.getTime()}-${Math.floor(performance.now() * 1000)}`
        return object.kind === 'Pod' ? { ...object, metadata: { ...object.metadata, name } } : object
      }),
    }),
  }))

/** The ledger is read as if one more Task might work. */
const admitsOneMore: Wrong<AgentSight> = (right) => ({
  ...right,
  decide: (sight, now) => {
    const { maxConcurrentTasks = 0 } = sight.profile
    const profile = { ...sight.profile, maxConcurrentTasks: maxConcurrentTasks + (maxConcurrentTasks > 0 ? 1 : 0) }
    return right.decide({ ...sight, profile }, now)
  },
})

/** Whoever has the name is taken for one's own. */
const adopts: Wrong<TaskSight> = (right) => ({
  ...right,
  decide: (sight, now) => {
    const ownerReferences = [
      {
        apiVersion: 'kubeopencode.io/v1alpha1',
        kind: 'Task',
        name: '',
        uid: sight.parent.metadata.uid ?? '',
        controller: true,
      },
    ]
    const pod = sight.pod && { ...sight.pod, metadata: { ...sight.pod.metadata, ownerReferences } }
    return right.decide({ ...sight, pod }, now)
  },
})

/** A status that says when it was looked at. */
const writesAlways: Wrong<AgentSight> = (right) =>
  decided(right, (plan, _sight, now) => ({
    ...plan,
    ...(plan.status && {
      status: { ...(plan.status as Agent['status']), serviceName: `coder at ${now.toISOString()}` },
    }),
  }))

/** The end of a Task is said before its Pod is asked to go, and the request may fail. */
const leavesPodBehind: Wrong<TaskSight> = (right) =>
  decided(right, (plan) => (plan.remove ? { ...plan, remove: [] } : plan))

/** A Task that has failed is read as if it were new. */
const startsAnew: Wrong<TaskSight> = (right) => ({
  ...right,
  gather: (senses, key) => {
    const get = async (ref: Ref): Promise<KubeObject | undefined> => {
      const found = await senses.reader.get(ref)
      if (found?.kind !== 'Task' || (found as Task).status?.phase !== 'Failed') return found
      const { status: _status, ...unborn } = found as Task
      return unborn
    }
    const reader = { ...senses.reader, get: get as ClusterReader['get'] }
    return right.gather({ ...senses, reader }, key)
  },
})

/** The newest Task goes first. */
const lastComeFirstServed: Wrong<AgentSight> = (right) => ({
  ...right,
  decide: (sight, now) => {
    const times = sight.tasks.map(({ metadata }) => metadata.uid ?? '').toSorted()
    const tasks = sight.tasks.map((one) => {
      const place = times.length - times.indexOf(one.metadata.uid ?? '')
      return { ...one, metadata: { ...one.metadata, creationTimestamp: new Date(place * 1000).toISOString() } }
    })
    return right.decide({ ...sight, tasks }, now)
  },
})

const bugs = [
  {
    name: 'a double start',
    rows: tableWith(startsTwice(task)),
    scenario: 'task-direct',
    invariant: 'I1',
    faults: true,
  },
  {
    name: 'one Task too many at work',
    rows: tableWith(admitsOneMore(agent)),
    scenario: 'task-queued-by-capacity',
    invariant: 'I2',
  },
  {
    name: 'a queue turned round',
    rows: tableWith(lastComeFirstServed(agent)),
    scenario: 'task-queued-by-capacity',
    invariant: 'I4',
  },
  { name: 'a Pod left running', rows: tableWith(leavesPodBehind(task)), scenario: 'task-timeout', invariant: 'I8' },
  { name: 'a second life', rows: tableWith(startsAnew(task)), scenario: 'task-pod-deleted-by-others', invariant: 'I7' },
  { name: 'a foreign Pod adopted', rows: tableWith(adopts(task)), scenario: 'task-foreign-pod', invariant: 'I8' },
  {
    name: 'a write in a settled world',
    rows: tableWith(writesAlways(agent)),
    scenario: 'agent-create',
    invariant: 'I8',
  },
]

test.each(bugs)(
  '$name is caught by $invariant',
  async ({ rows, scenario: name, invariant, faults }) => {
    const scenario = scenarios.find((one) => one.name === name)!
    const plain = { scenario, fault: { kind: 'none' as const }, seed: 1, copies: 1 }
    // The crash that makes somebody else begin what has begun.
    const call = faults ? (await play(plain)).calls.findIndex(({ what }) => what.startsWith('create Pod job-pod')) : 0
    const crash = { kind: 'crash' as const, call, moment: 'committed' as const, old: 'ended' as const }
    const runs = [faults ? { ...plain, fault: crash } : plain]
    const caught = new Set<string>()
    for (const run of runs) {
      const { violations } = await play({ ...run, rows })
      for (const violation of violations) caught.add(violation.invariant)
      if (caught.has(invariant)) break
    }
    expect([...caught]).toContain(invariant)
  },
  60_000,
)
