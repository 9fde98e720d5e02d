import { describe, expect, test } from 'vitest'
import { agent, withAgentStatus } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { announced, cronTask, withCronSpec } from '../../test/builders/cron-task.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { started, task, withPhase, withSpec, withStatus } from '../../test/builders/task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { ListOptions } from '../../shared/ports.ts'
import { functionsTable } from '../table.ts'
import { builtIn } from '../workload/settings.ts'
import { sweep } from './sweep.ts'
import { minuteOf } from './due.ts'
import { tick } from './tick.ts'

const limited = withSpec({ timeout: '1m' })

/** A bus that only writes down what it is told. */
const heard = () => {
  const hints: string[] = []
  const publish = async ({ key, afterSeconds }: Hint) =>
    void hints.push(`${keyText(key)}${afterSeconds === undefined ? '' : ` in ${afterSeconds} s`}`)
  return { hints, bus: { publish } }
}

const named = (name: string) => withMetadata({ name, uid: name })

test('tick asks for what is due and for nothing else', async () => {
  const deps = recordedDeps(
    memoryCluster(
      task(named('new')),
      task(named('waits-for-its-agent'), withPhase('Pending')),
      task(named('overdue'), limited, started(61), withStatus({ dueMinute: minuteOf(later(-1)) })),
      task(named('overdue-soon'), limited, started(52), withStatus({ dueMinute: minuteOf(later(8)) })),
      task(named('overdue-later'), limited, started(30), withStatus({ dueMinute: minuteOf(later(30)) })),
      task(named('runs'), started(61)),
      task(named('queued'), withPhase('Queued')),
      task(named('completed'), withPhase('Completed')),
      task(named('failed'), withPhase('Failed')),
      agent(named('due'), withAgentStatus({ dueTime: at(0) })),
      agent(named('soon'), withAgentStatus({ dueTime: at(4) })),
      agent(named('later'), withAgentStatus({ dueTime: at(16) })),
      agent(named('never')),
    ),
  )
  const { hints, bus } = heard()
  expect(await tick(functionsTable(builtIn), deps.cluster, bus, now, 15)).toBe(6)
  expect(hints).toEqual([
    'Task/default/new',
    'Task/default/waits-for-its-agent',
    'Task/default/overdue-soon in 8 s',
    'Task/default/overdue',
    'Agent/default/due',
    'Agent/default/soon in 4 s',
  ])
  expect(deps.cluster.writes).toEqual([])
})

const cronTasks = () =>
  memoryCluster(
    cronTask(named('due'), announced(0)),
    cronTask(named('to-come'), announced(60)),
    cronTask(named('tomorrow'), announced(24 * 3600)),
    cronTask(named('missed-by-a-tick'), announced(-240)),
    cronTask(named('left-to-the-sweep'), announced(-420)),
    cronTask(named('suspended'), withCronSpec({ suspend: true })),
    cronTask(named('new')),
  )

describe('tick asks for CronTasks whose slot has come, and for those that nobody has looked at', () => {
  const cases = [
    {
      name: 'the first tick of a minute looks back to the last sweep',
      after: 0,
      want: ['CronTask/default/due', 'CronTask/default/missed-by-a-tick', 'CronTask/default/new'],
    },
    { name: 'others look back a minute', after: 30, want: ['CronTask/default/due', 'CronTask/default/new'] },
    {
      name: 'each asks for what comes before the next, at its moment',
      after: 50,
      want: ['CronTask/default/to-come in 10 s', 'CronTask/default/due', 'CronTask/default/new'],
    },
  ]
  test.each(cases)('$name', async ({ after, want }) => {
    const { hints, bus } = heard()
    await tick(functionsTable(builtIn), cronTasks(), bus, later(after), 15)
    expect(hints).toEqual(want)
  })

  test('where ticks are a minute apart each looks back to the last sweep', async () => {
    const { hints, bus } = heard()
    await tick(functionsTable(builtIn), cronTasks(), bus, later(30))
    expect(hints).toEqual([
      'CronTask/default/to-come in 30 s',
      'CronTask/default/due',
      'CronTask/default/missed-by-a-tick',
      'CronTask/default/new',
    ])
  })
})

test('a tick over Tasks at work asks nothing about them, however many they are', async () => {
  const lists = async (count: number) => {
    const running = Array.from({ length: count }, (_, index) => task(named(`job-${index}`), started(10)))
    const cluster = memoryCluster(...running)
    let read = 0
    const list: typeof cluster.list = async (kind, options) => {
      const page = await cluster.list(kind, options)
      read += 1 + page.items.length
      return page
    }
    await tick(functionsTable(builtIn), { ...cluster, list }, heard().bus, now, 15)
    return read
  }
  expect(await lists(1200)).toBe(await lists(0))
})

test('tick and sweep go on with the other kinds where one cannot be read, and say so', async () => {
  const deps = recordedDeps(memoryCluster(cronTask(announced(0))))
  const broken = {
    ...deps.cluster,
    list: (kind: 'CronTask', options?: ListOptions) =>
      (kind as string) === 'Task' ? Promise.reject(new Error('too many')) : deps.cluster.list(kind, options),
  } as typeof deps.cluster
  await expect(tick(functionsTable(builtIn), broken, deps.bus, now)).rejects.toThrow('too many')
  expect(deps.published).toEqual(['CronTask/default/nightly'])
  await expect(sweep(functionsTable(builtIn), broken, deps.bus, now)).rejects.toThrow('too many')
  expect(deps.published).toEqual(['CronTask/default/nightly', 'CronTask/default/nightly'])
})

test('sweep asks for every object but finished Tasks and settled CronTasks', async () => {
  const deps = recordedDeps(
    memoryCluster(
      cronTask(named('settled'), announced(60)),
      cronTask(named('due'), announced(0)),
      task(named('new')),
      task(named('runs'), started(1)),
      task(named('done'), withPhase('Failed')),
      agent(),
    ),
  )
  const settled = { key: { kind: 'CronTask', namespace: 'default', name: 'settled' } } as const
  await functionsTable(builtIn)
    .find(({ kind }) => kind === 'CronTask')
    ?.deliver(settled, deps)
  deps.published.length = 0
  expect(await sweep(functionsTable(builtIn), deps.cluster, deps.bus, now)).toBe(4)
  expect(deps.published).toEqual([
    'Task/default/new',
    'Task/default/runs',
    'Agent/default/coder',
    'CronTask/default/due',
  ])
})

test('sweep and tick read every page', async () => {
  const deps = recordedDeps(memoryCluster())
  const asked: (string | undefined)[] = []
  const pages = {
    ...deps.cluster,
    list: async (kind: string, options: ListOptions = {}) => {
      if (kind !== 'Task') return { items: [] }
      if (options.fieldSelector?.startsWith('status.dueMinute=')) return { items: [] }
      asked.push(options.continue)
      const items = [task(named(`task-${options.continue ?? 'first'}`))]
      return options.continue === 'two' ? { items } : { items, continue: options.continue ? 'two' : 'one' }
    },
  } as unknown as typeof deps.cluster
  expect(await sweep(functionsTable(builtIn).slice(0, 1), pages, deps.bus, now)).toBe(3)
  expect(await tick(functionsTable(builtIn).slice(0, 1), pages, deps.bus, now)).toBe(3)
  expect(asked).toEqual([undefined, 'one', 'two', undefined, 'one', 'two'])
})
