import { expect, onTestFinished, test } from 'vitest'
import { builtIn } from '../../functions/workload/settings.ts'
import { UnreachableError } from '../../shared/errors.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { task } from '../../test/builders/task.ts'
import { outageText } from '../outage.ts'
import { createController } from './controller.ts'
import { createMetrics } from './metrics.ts'

/** A controller whose schedules come every few milliseconds, over an apiserver that answers every list as `fails` says. */
const running = (fails: Error) => {
  const { cluster, sessions, gitSyncs, passwords } = recordedDeps(memoryCluster(task()))
  let isFailing = true
  let lists = 0
  const list: typeof cluster.list = (kind, options) => {
    lists += 1
    return isFailing ? Promise.reject(fails) : cluster.list(kind, options)
  }
  const get: typeof cluster.get = (ref) => (isFailing ? Promise.reject(fails) : cluster.get(ref))
  const lines: string[] = []
  const say = (message: string) => void lines.push(message)
  const controller = createController({
    cluster: { ...cluster, list, get },
    sessions,
    gitSyncs,
    passwords,
    defaults: builtIn,
    log: { debug: () => {}, info: say, warn: say, error: say },
    metrics: createMetrics(),
    tickSeconds: 0.005,
    sweepSeconds: 0.005,
  })
  onTestFinished(controller.close)
  controller.start()
  return { controller, lines, lists: () => lists, recover: () => void (isFailing = false) }
}

const manyTries = 200

test('an apiserver that is away is one line, of however many ticks, sweeps and deliveries', async () => {
  const { controller, lines, lists } = running(new UnreachableError('the apiserver did not answer'))
  await controller.bus.publish({ key: { kind: 'Task', namespace: 'default', name: 'job' } })
  await expect.poll(lists).toBeGreaterThan(manyTries)
  expect(lines).toEqual([outageText.begins])
})

test('a schedule that fails for another reason says so once, and once when it works again', async () => {
  const { lines, lists, recover } = running(new Error('lists are broken'))
  await expect.poll(lists).toBeGreaterThan(manyTries)
  expect(lines.toSorted()).toEqual(['sweep fails and will go on trying', 'tick fails and will go on trying'])
  recover()
  await expect.poll(() => lines.includes('tick works again') && lines.includes('sweep works again')).toBe(true)
  expect(lines.filter((line) => line.startsWith('tick'))).toEqual([
    'tick fails and will go on trying',
    'tick works again',
  ])
})

test('a sweep that is asked for comes at once, though the next is far; not again while others have just asked', async () => {
  const { cluster, sessions, gitSyncs, passwords } = recordedDeps(memoryCluster(task()))
  const quiet = () => {}
  const metrics = createMetrics()
  const controller = createController({
    cluster,
    sessions,
    gitSyncs,
    passwords,
    defaults: builtIn,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    metrics,
    sweepSeconds: 3600,
  })
  onTestFinished(controller.close)
  const sweeps = async () =>
    (await metrics.scheduleRuns.get()).values.find(({ labels }) => labels.schedule === 'sweep')?.value
  controller.start()
  await expect.poll(sweeps).toBe(1)
  controller.sweepNow()
  await expect.poll(sweeps).toBe(2)
  controller.sweepNow()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await sweeps()).toBe(2)
})
