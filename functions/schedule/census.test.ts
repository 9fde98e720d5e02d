import { expect, test } from 'vitest'
import { agent, withAgentStatus } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { started, task, withPhase, withStatus } from '../../test/builders/task.ts'
import { at } from '../../test/builders/time.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import { functionsTable } from '../table.ts'
import { builtIn } from '../workload/settings.ts'
import { createCensus } from './census.ts'
import { sweep } from './sweep.ts'

const named = (name: string) => withMetadata({ name, uid: name })

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
  const { count, counted } = createCensus()
  const rows = functionsTable(builtIn)
  await sweep(rows, { ...cluster, list }, { publish: async () => {} }, count)
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
  })
  expect(lists).toBe(rows.length)
})

test('where nothing waits nobody has waited longest', () => {
  const { count, counted } = createCensus()
  count(task(started(10)))
  expect(counted().waitingSince).toBeUndefined()
})
