import { describe, expect, test } from 'vitest'
import {
  agent,
  agentTemplate,
  withAgentSpec,
  withAgentStatus,
  withSlots,
  withStarts,
  withTemplateSpec,
} from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { started, task, withPhase, withStatus } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { functionsTable } from '../table.ts'
import { builtIn } from '../workload/settings.ts'
import { createCensus } from './census.ts'
import { sweep } from './sweep.ts'

const named = (name: string) => withMetadata({ name, uid: name })

const quota = { maxTaskStarts: 2, windowSeconds: 60 }

const waits = (reason: TaskReason, since: string) =>
  withStatus({
    phase: 'Queued',
    queue: { position: 1, since },
    conditions: [{ type: 'Queued', status: 'True', reason, message: 'waits', lastTransitionTime: since }],
  })

test('a sweep counts what it reads, and reads nothing more for it', async () => {
  const cluster = memoryCluster(
    task(named('new')),
    task(named('pending'), withPhase('Pending')),
    task(named('runs'), started(10)),
    task(named('done'), withPhase('Completed')),
    task(named('full'), waits('AgentAtCapacity', at(-90))),
    task(named('full-too'), waits('AgentAtCapacity', at(-30))),
    task(named('quota'), waits('QuotaExceeded', at(-60))),
    agent(
      named('busy'),
      withAgentStatus({
        phase: 'Ready',
        activeTasks: [
          { name: 'runs', uid: 'runs', startTime: at(-10) },
          { name: 'lingers', uid: 'lingers', startTime: at(-20) },
        ],
      }),
    ),
    agent(named('broken'), withAgentStatus({ phase: 'Invalid' })),
    agent(named('fresh')),
  )
  let lists = 0
  const list: typeof cluster.list = (kind, options) => {
    lists += 1
    return cluster.list(kind, options)
  }
  const { count, counted } = createCensus(now)
  const rows = functionsTable(builtIn)
  await sweep(rows, { ...cluster, list }, { publish: async () => {} }, now, count)
  expect(counted()).toEqual({
    tasks: new Map([
      ['Pending', 2],
      ['Running', 1],
      ['Queued', 3],
    ]),
    waiting: new Map([
      ['AgentAtCapacity', 2],
      ['QuotaExceeded', 1],
    ]),
    waitingSince: Date.parse(at(-90)),
    agents: new Map([
      ['Ready', 1],
      ['Invalid', 1],
      ['Pending', 1],
    ]),
    slots: 2,
    atLimit: new Map([
      ['concurrency', 0],
      ['quota', 0],
    ]),
  })
  expect(lists).toBe(rows.length)
})

const cases = [
  { name: 'of two slots one is given', spec: { maxConcurrentTasks: 2 }, changes: [withSlots('a')], want: [0, 0] },
  { name: 'both are', spec: { maxConcurrentTasks: 2 }, changes: [withSlots('a', 'b')], want: [1, 0] },
  {
    name: 'there are fewer slots than were given',
    spec: { maxConcurrentTasks: 1 },
    changes: [withSlots('a', 'b')],
    want: [1, 0],
  },
  { name: '0 is no limit', spec: { maxConcurrentTasks: 0 }, changes: [withSlots('a')], want: [0, 0] },
  { name: 'of two starts one is left', spec: { quota }, changes: [withStarts(10)], want: [0, 0] },
  { name: 'none is left', spec: { quota }, changes: [withStarts(10, 50)], want: [0, 1] },
  { name: 'one has left the window', spec: { quota }, changes: [withStarts(10, 61)], want: [0, 0] },
  {
    name: 'at both limits',
    spec: { maxConcurrentTasks: 1, quota },
    changes: [withSlots('a'), withStarts(10, 50)],
    want: [1, 1],
  },
]
describe('Agents at a limit', () => {
  const limits = async (...objects: KubeObject[]) => {
    const { count, counted } = createCensus(now)
    await sweep(functionsTable(builtIn), memoryCluster(...objects), { publish: async () => {} }, now, count)
    const { atLimit } = counted()
    return [atLimit.get('concurrency'), atLimit.get('quota')]
  }

  test.each(cases)('$name', async ({ spec, changes, want }) => {
    expect(await limits(agent(withAgentSpec(spec), ...changes))).toEqual(want)
    const templateRef = { name: 'base' }
    const template = agentTemplate(withTemplateSpec(spec))
    expect(await limits(agent(withAgentSpec({ templateRef }), ...changes), template)).toEqual(want)
  })

  test('what the Agent says itself counts', async () => {
    const templateRef = { name: 'base' }
    const template = agentTemplate(withTemplateSpec({ maxConcurrentTasks: 1 }))
    expect(
      await limits(agent(withAgentSpec({ templateRef, maxConcurrentTasks: 2 }), withSlots('a')), template),
    ).toEqual([0, 0])
  })

  test('a template of its name elsewhere is none of its', async () => {
    const templateRef = { name: 'base' }
    const template = agentTemplate(withMetadata({ namespace: 'other' }), withTemplateSpec({ maxConcurrentTasks: 1 }))
    expect(await limits(agent(withAgentSpec({ templateRef }), withSlots('a')), template)).toEqual([0, 0])
  })
})

test('where nothing waits nobody has waited longest', () => {
  const { count, counted } = createCensus(now)
  count(task(started(10)))
  expect(counted().waitingSince).toBeUndefined()
})
