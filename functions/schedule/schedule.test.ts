import { describe, expect, test } from 'vitest'
import { agent, withAgentStatus } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { announced, cronTask, withCronSpec } from '../../test/builders/cron-task.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { started, task, withPhase, withSpec } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import type { ListOptions } from '../../shared/ports.ts'
import { functionsTable } from '../table.ts'
import { builtIn } from '../workload/settings.ts'
import { sweep } from './sweep.ts'
import { isDue } from '../task/due.ts'
import { tick } from './tick.ts'

const limited = withSpec({ timeout: '1m' })

describe('isDue', () => {
  const cases = [
    { name: 'a Task that nobody has looked at', task: task(), want: true },
    { name: 'one that waits for what it names', task: task(withPhase('Pending')), want: true },
    { name: 'one that runs, without a timeout', task: task(started(1e6)), want: false },
    { name: 'one second before its timeout', task: task(limited, started(59)), want: false },
    { name: 'at its timeout', task: task(limited, started(60)), want: true },
    { name: 'a timeout of a Task that has no start yet', task: task(limited, withPhase('Running')), want: false },
    { name: 'one that waits for its Agent, which tells it', task: task(limited, withPhase('Queued')), want: false },
  ]
  test.each(cases)('$name: $want', ({ task: one, want }) => expect(isDue(one, now)).toBe(want))
})

const named = (name: string) => withMetadata({ name, uid: name })

test('tick asks for what is due and for nothing else', async () => {
  const deps = recordedDeps(
    memoryCluster(
      task(named('new')),
      task(named('overdue'), limited, started(61)),
      task(named('runs'), started(61)),
      task(named('queued'), withPhase('Queued')),
      task(named('completed'), withPhase('Completed')),
      task(named('failed'), withPhase('Failed')),
      agent(named('due'), withAgentStatus({ dueTime: at(0) })),
      agent(named('later'), withAgentStatus({ dueTime: at(1) })),
      agent(named('never')),
    ),
  )
  expect(await tick(functionsTable(builtIn), deps.cluster, deps.bus, now)).toBe(3)
  expect(deps.published).toEqual(['Task/default/new', 'Task/default/overdue', 'Agent/default/due'])
  expect(deps.cluster.writes).toEqual([])
})

test('tick asks for CronTasks whose slot has come, and for those that nobody has looked at', async () => {
  const hour = 3600
  const deps = recordedDeps(
    memoryCluster(
      cronTask(named('due'), announced(0)),
      cronTask(named('to-come'), announced(60)),
      cronTask(named('tomorrow'), announced(24 * hour)),
      cronTask(named('missed-by-a-tick'), announced(-540)),
      cronTask(named('left-to-the-sweep'), announced(-2 * hour)),
      cronTask(named('suspended'), withCronSpec({ suspend: true })),
      cronTask(named('new')),
    ),
  )
  expect(await tick(functionsTable(builtIn), deps.cluster, deps.bus, now)).toBe(3)
  expect(deps.published).toEqual(['CronTask/default/due', 'CronTask/default/missed-by-a-tick', 'CronTask/default/new'])
})

test('tick goes on with the other kinds where one cannot be read, and says so', async () => {
  const deps = recordedDeps(memoryCluster(cronTask(announced(0))))
  const broken = {
    ...deps.cluster,
    list: (kind: 'CronTask', options?: ListOptions) =>
      (kind as string) === 'Task' ? Promise.reject(new Error('too many')) : deps.cluster.list(kind, options),
  } as typeof deps.cluster
  await expect(tick(functionsTable(builtIn), broken, deps.bus, now)).rejects.toThrow('too many')
  expect(deps.published).toEqual(['CronTask/default/nightly'])
})

test('sweep asks for every object but finished Tasks', async () => {
  const deps = recordedDeps(
    memoryCluster(
      task(named('new')),
      task(named('runs'), started(1)),
      task(named('done'), withPhase('Failed')),
      agent(),
    ),
  )
  expect(await sweep(functionsTable(builtIn), deps.cluster, deps.bus)).toBe(3)
  expect(deps.published).toEqual(['Task/default/new', 'Task/default/runs', 'Agent/default/coder'])
})

test('sweep and tick read every page', async () => {
  const deps = recordedDeps(memoryCluster())
  const asked: (string | undefined)[] = []
  const pages = {
    ...deps.cluster,
    list: async (kind: string, options: ListOptions = {}) => {
      asked.push(options.continue)
      if (kind !== 'Task') return { items: [] }
      const items = [task(named(`task-${options.continue ?? 'first'}`))]
      return options.continue === 'two' ? { items } : { items, continue: options.continue ? 'two' : 'one' }
    },
  } as unknown as typeof deps.cluster
  expect(await sweep(functionsTable(builtIn).slice(0, 1), pages, deps.bus)).toBe(3)
  expect(await tick(functionsTable(builtIn).slice(0, 1), pages, deps.bus, now)).toBe(3)
  expect(asked).toEqual([undefined, 'one', 'two', undefined, 'one', 'two'])
})
