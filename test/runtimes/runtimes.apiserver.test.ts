import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { Rig } from '../bench/rig.ts'
import { startRig } from '../bench/rig.ts'
import { cronTaskObject, paths } from '../bench/objects.ts'
import type { Scene } from '../bench/scene.ts'
import { openScene } from '../bench/scene.ts'
import { until } from '../bench/pace.ts'
import { startContainer } from './container.ts'
import { deafen } from './deaf.ts'
import { startLambda } from './lambda.ts'
import { createResults } from './result.ts'
import type { Invocations, Target } from './target.ts'
import { noFaults } from './target.ts'
import { startWorkers } from './workers.ts'

let rig: Rig

/** How often the apiserver has called a webhook, as it counts itself. */
const webhookCalls = async (): Promise<number> => {
  const text = await (await rig.send('GET', '/metrics')).text()
  const lines = text.split('\n').filter((line) => line.startsWith('apiserver_admission_webhook_request_total{'))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
const patience = 240
const costed = 8
/** Longer than what was read may be acted on. */
const frozenMs = 12_000
const results = createResults()

beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig.close()
  console.log(results.table())
})

const targets: readonly { readonly name: string; readonly start: (rig: Rig) => Promise<Target> }[] = [
  { name: 'container', start: startContainer },
  { name: 'AWS Lambda', start: startLambda },
  { name: 'Cloudflare Workers', start: startWorkers },
]

describe.each(targets)('on $name', ({ name, start }) => {
  let target: Target
  let everyMinute: Scene
  let scheduledAt = 0
  let began = 0

  afterEach(({ task: { name: journey, result } }) => {
    const seconds = (performance.now() - began) / 1000
    results.note(journey, name, result?.state === 'fail' ? 'FAILED' : `${seconds.toFixed(1)} s`)
  })
  beforeEach(() => {
    began = performance.now()
  })

  beforeAll(async () => {
    target = await start(rig)
  })
  afterAll(async () => {
    await target.close()
  })

  test('a Task runs, and one that waits runs after it', async () => {
    const scene = await openScene(rig, 'queue', { agents: { coder: { maxConcurrentTasks: 1 } }, runMilliseconds: 500 })
    await scene.createTask('first', 'coder')
    await scene.createTask('second', 'coder')
    await scene.untilAll(2, 'Completed', patience)
    expect(scene.mostAlive()).toBe(1)
    await scene.close()
    expect(await target.dead()).toBe(0)
  })

  test('a Task costs few events and requests', async () => {
    const scene = await openScene(rig, 'cost', { agents: { coder: {} }, runMilliseconds: 200 })
    await target.schedule(false)
    const [called, mark, before] = [await webhookCalls(), rig.audit.mark(), (await target.events?.()) ?? 0]
    const invokedBefore = await target.invocations?.()
    const waits: number[] = []
    for (let index = 0; index < costed; index += 1) {
      const made = await scene.createTask(`task-${index}`, 'coder')
      await scene.untilAll(index + 1, 'Completed', patience)
      waits.push((scene.lives.get(`task-${index}`)?.podCreatedAt ?? Infinity) - made)
    }
    const invokedAfter = await target.invocations?.()
    const events = target.events && ((await target.events()) - before) / costed
    const calls = ((await webhookCalls()) - called) / costed
    const requests = rig.audit.since(mark, target.user).length / costed
    const wait = waits.toSorted((one, other) => one - other)[Math.floor(costed / 2)] ?? Infinity
    results.note('  events of the queue per Task', name, events === undefined ? 'in memory' : events.toFixed(1))
    const invoked = (which: keyof Invocations): string =>
      invokedBefore && invokedAfter ? ((invokedAfter[which] - invokedBefore[which]) / costed).toFixed(1) : 'none'
    results.note('  … invocations for these', name, invoked('queue'))
    results.note('  invocations for webhooks', name, invoked('webhooks'))
    results.note('  calls of webhooks per Task', name, calls.toFixed(1))
    results.note('  requests to the apiserver per Task', name, requests.toFixed(1))
    results.note('  from its creation to its Pod, median', name, `${Math.round(wait)} ms`)
    await target.schedule(true)
    await scene.close()
    // Task and Pod are told of a few times each; what is more is an echo.
    for (const [number, most] of [
      [events ?? 1, 15],
      [calls, 30],
      [requests, 60],
    ] as const) {
      expect(number).toBeGreaterThan(0)
      expect(number).toBeLessThan(most)
    }
  })

  test('a CronTask of each minute is taken', async () => {
    everyMinute = await openScene(rig, 'minute', { agents: { coder: {} }, runMilliseconds: 200 })
    // Far enough from the next minute that it is known in which one it was made.
    await until(
      () => 'a minute does not end',
      () => new Date().getSeconds() < 40,
      60,
    )
    await rig.person.send('POST', paths.cronTasks(everyMinute.namespace), cronTaskObject('often', '* * * * *', 'coder'))
    scheduledAt = Date.now()
    expect(everyMinute.starts).toEqual([])
  })

  test('a Task that runs is stopped', async () => {
    const scene = await openScene(rig, 'stop', { agents: { coder: {} }, runMilliseconds: 600_000 })
    await scene.createTask('long', 'coder')
    await scene.untilAll(1, 'Running', patience)
    const path = `${paths.tasks(scene.namespace)}/long`
    await rig.person.send('PATCH', path, { metadata: { annotations: { 'kubeopencode.io/stop': 'true' } } })
    await scene.untilAll(1, 'Completed', patience)
    const { status } = await rig.person.read<Task>(path)
    expect(status?.conditions?.find(({ type }) => type === 'Stopped')).toMatchObject({
      status: 'True',
      reason: 'UserStopped',
    })
    await scene.close()
  })

  test('a CronTask runs when it is told to', async () => {
    const scene = await openScene(rig, 'cron', { agents: { coder: {} }, runMilliseconds: 200 })
    const path = paths.cronTasks(scene.namespace)
    await rig.person.send('POST', path, cronTaskObject('yearly', '0 0 1 1 *', 'coder'))
    await rig.person.send('PATCH', `${path}/yearly`, {
      metadata: { annotations: { 'kubeopencode.io/trigger': 'true' } },
    })
    await scene.untilAll(1, 'Completed', patience)
    expect(scene.starts).toHaveLength(1)
    await scene.close()
  })

  test('with events lost, doubled, late and refused nothing is lost or doubled', async () => {
    await target.misbehave({ refused: 0.2, lost: 0.3, doubled: 0.3, late: 0.5 })
    const scene = await openScene(rig, 'faults', { agents: { coder: { maxConcurrentTasks: 2 } }, runMilliseconds: 200 })
    for (let index = 0; index < 10; index += 1) await scene.createTask(`task-${index}`, 'coder')
    await scene.untilAll(10, 'Completed', patience)
    expect(scene.starts.length).toBe(10)
    expect(scene.mostAlive()).toBeLessThanOrEqual(2)
    await target.misbehave(noFaults)
    await scene.close()
  })

  test('standby sleeps and wakes', async () => {
    const scene = await openScene(rig, 'sleep', {
      agents: { sleeper: { standby: { idleTimeout: '1s' } } },
      runMilliseconds: 100,
    })
    const isAsleep = async (): Promise<boolean> =>
      (await rig.person.read<Agent>(`${paths.agents(scene.namespace)}/sleeper`)).status?.suspended === true
    await until(() => 'it does not sleep', isAsleep, patience)
    expect(scene.starts).toEqual([])
    await scene.createTask('wakes-it', 'sleeper')
    await scene.untilAll(1, 'Completed', patience)
    await scene.close()
  })

  test('with all events lost the schedule alone brings everything to its end', async () => {
    const scene = await openScene(rig, 'deaf', { agents: { coder: { maxConcurrentTasks: 2 } }, runMilliseconds: 200 })
    const hear = await deafen(rig)
    for (let index = 0; index < 4; index += 1) await scene.createTask(`task-${index}`, 'coder')
    await scene.untilAll(4, 'Completed', patience)
    await hear()
    expect(scene.starts).toHaveLength(4)
    expect(scene.mostAlive()).toBeLessThanOrEqual(2)
    await scene.close()
  })

  test('frozen in the middle of a queue and thawed later, it goes on and starts nothing twice', async () => {
    const scene = await openScene(rig, 'frozen', {
      agents: { coder: { maxConcurrentTasks: 1 } },
      runMilliseconds: 1_000,
    })
    for (let index = 0; index < 4; index += 1) await scene.createTask(`task-${index}`, 'coder')
    await scene.untilAll(1, 'Running', patience)
    await target.freeze()
    await sleep(frozenMs)
    await target.thaw()
    await scene.untilAll(4, 'Completed', patience)
    expect(scene.starts).toHaveLength(4)
    expect(scene.mostAlive()).toBe(1)
    await scene.close()
  })

  test('a CronTask runs in each of its minutes, once', async () => {
    await until(
      () => 'it has not run in its minute',
      () => everyMinute.starts.length > 0,
      patience,
    )
    const minutes = Math.floor(Date.now() / 60_000) - Math.floor(scheduledAt / 60_000)
    expect(everyMinute.starts.length).toBeLessThanOrEqual(minutes)
    // The last minute may have only begun.
    expect(everyMinute.starts.length).toBeGreaterThanOrEqual(minutes - 1)
    expect(new Set(everyMinute.starts).size).toBe(everyMinute.starts.length)
    await everyMinute.close()
  })
})
