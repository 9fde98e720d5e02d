import { setTimeout as sleep } from 'node:timers/promises'
import { SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import type { Task } from '../../../crds/task.ts'
import { secondsOf } from '../../../functions/cron-task/names.ts'
import { sweep } from '../../../functions/schedule/sweep.ts'
import { tick } from '../../../functions/schedule/tick.ts'
import { functionsTable } from '../../../functions/table.ts'
import { builtIn } from '../../../functions/workload/settings.ts'
import { createInProcessBus } from '../../../infra/bus/in-process.ts'
import { clock } from '../../../infra/clock.ts'
import { serverKey } from '../../../infra/server-key/key.ts'
import { passwordsFrom } from '../../../shared/server-passwords.ts'
import { isWrite, tally } from '../audit.ts'
import { median } from '../numbers.ts'
import { cronTaskObject, paths } from '../objects.ts'
import { inFlight, until, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import { removeAll, untilAtRest } from '../rest.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'
import { noGitSyncs, noSessions, quiet } from '../silence.ts'

const minuteMs = 60_000
const nobody = { atMost: 0, always: true }

interface Listed<T> {
  readonly items: readonly T[]
}

const announcedIn = async ({ person }: Rig, namespace: string): Promise<number> => {
  const { items } = await person.read<Listed<{ status?: { nextScheduleTime?: string } }>>(paths.cronTasks(namespace))
  return items.filter(({ status }) => status?.nextScheduleTime !== undefined).length
}

/** M8: so many CronTasks due in the same minute; their Tasks wait for a suspended Agent. */
export const measureFires = async (rig: Rig, count: number, floor: number | undefined): Promise<Result> => {
  const { person } = rig
  const scene = await openScene(rig, 'm8', { agents: { asleep: { suspend: true } }, runMilliseconds: 0 })
  const { namespace } = scene
  // Time to make them all before the minute comes.
  const slot = new Date(Math.ceil((Date.now() + 30_000 + count * 40) / minuteMs) * minuteMs)
  const schedule = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`
  await inFlight(count, width, (index) =>
    person.send('POST', paths.cronTasks(namespace), cronTaskObject(`cron-${index}`, schedule, 'asleep')),
  )
  await until(
    () => `not all of ${count} CronTasks have announced their slot of ${slot.toISOString()}`,
    async () => (await announcedIn(rig, namespace)) === count,
    Math.max(1, (slot.getTime() - Date.now()) / 1000),
  )

  const lates = new Map<string, number>()
  const watch = await person.watch<Task>(paths.tasks(namespace), ({ type, object: { metadata } }) => {
    if (type === 'ADDED' && !lates.has(metadata.name)) lates.set(metadata.name, (Date.now() - slot.getTime()) / 1000)
  })
  const mark = rig.audit.mark()
  await until(
    () => `${lates.size} of ${count} CronTasks have fired`,
    () => lates.size >= count,
    (slot.getTime() - Date.now()) / 1000 + 120,
  )
  await scene.untilAll(count, 'Queued', 60 + count / 5)
  await sleep(3_000)
  const requests = rig.audit.since(mark, functionsUser)
  await watch.stop()
  await scene.close()

  const fired = [...lates.keys()].filter((name) => secondsOf(name.replace(/-\d+$/, ''), name) === slot.getTime() / 1000)
  const lost = count - new Set(fired.map((name) => name.replace(/-\d+$/, ''))).size
  const { items: events } = await person.read<Listed<{ regarding?: { kind?: string } }>>(paths.events(namespace))
  const told = events.filter(({ regarding }) => regarding?.kind === 'CronTask').length
  // Whoever comes next would measure this queue. Tasks first: they would go with their CronTasks meanwhile.
  for (const path of [paths.tasks(namespace), paths.cronTasks(namespace)]) await removeAll(rig, path)
  await untilAtRest(rig, 3_000)
  const own = requests.filter(
    (request) =>
      isWrite(request) &&
      ((request.verb === 'create' && request.resource === 'tasks') || request.resource.startsWith('crontasks')),
  )
  const seconds = [...lates.values()]
  const last = Math.max(...seconds)
  const id = 'M8'
  const within = count > 2_000 ? 60 : 20
  const rows: Row[] = [
    { id, what: `${count} CronTasks of one minute, lost`, unit: '', value: lost, goal: nobody },
    {
      id,
      what: `${count} CronTasks of one minute, doubled`,
      unit: '',
      value: lates.size - (count - lost),
      goal: nobody,
    },
    { id, what: 'Task made after its slot, median', unit: 's', value: median(seconds) },
    { id, what: 'Task made after its slot, last', unit: 's', value: last, goal: { atMost: within } },
    ...(floor === undefined
      ? []
      : [
          { id, what: 'floor (no controller): as many Tasks, statuses and Events', unit: 's', value: floor },
          { id, what: 'last Task, times the floor', unit: '×', value: last / floor },
        ]),
    { id, what: 'writes per fire, Event too', unit: '', value: (own.length + told) / count, goal: { atMost: 3 } },
  ]
  return { rows, requests: { [`M8, ${count} CronTasks`]: tally(requests) } }
}

const ticks = 5

/** M9: a sweep over half of so many CronTasks, and ticks over all of them; none is due. */
export const measureSchedules = async (rig: Rig, count: number): Promise<Result> => {
  const { person, functions: cluster } = rig
  const scene = await openScene(rig, 'm9', { agents: { asleep: { suspend: true } }, runMilliseconds: 0 })
  const { namespace } = scene
  const far = new Date(Date.now() + 180 * 24 * 60 * minuteMs)
  const schedule = `0 0 ${far.getUTCDate()} ${far.getUTCMonth() + 1} *`
  const makeCronTasks = async (from: number, to: number): Promise<void> => {
    await inFlight(to - from, width, (index) =>
      person.send('POST', paths.cronTasks(namespace), cronTaskObject(`cron-${from + index}`, schedule, 'asleep')),
    )
    await until(
      () => `not all of ${to} CronTasks have announced their slot`,
      async () => (await announcedIn(rig, namespace)) === to,
      60 + count / 20,
    )
    await untilAtRest(rig, 2_000)
  }
  const rows = functionsTable(builtIn)
  const half = Math.floor(count / 2)

  await makeCronTasks(0, half)
  const markSweep = rig.audit.mark()
  // The key of the functions, or every server would seem to have the password of another.
  const passwords = passwordsFrom(() => serverKey(cluster, SYSTEM_NAMESPACE))
  const bus = createInProcessBus({
    log: quiet,
    deliver: async (hint) => {
      const row = rows.find(({ kind }) => kind === hint.key.kind)
      await row?.deliver(hint, {
        cluster,
        sessions: noSessions,
        gitSyncs: noGitSyncs,
        passwords,
        bus,
        clock,
        log: quiet,
      })
      return undefined
    },
  })
  const begun = performance.now()
  const swept = await sweep(rows, cluster, bus, new Date())
  await until(
    () => `${bus.size()} of ${swept} objects that the sweep asked for are not looked at`,
    () => bus.size() === 0,
    60 + count / 20,
  )
  const sweepSeconds = (performance.now() - begun) / 1000
  const ofSweep = rig.audit.since(markSweep, functionsUser)
  await bus.close()

  await makeCronTasks(half, count)
  const markTicks = rig.audit.mark()
  const times: number[] = []
  let asked = 0
  for (let round = 0; round < ticks; round += 1) {
    const begunTick = performance.now()
    asked += await tick(rows, cluster, { publish: async () => {} }, new Date())
    times.push((performance.now() - begunTick) / 1000)
  }
  const ofTicks = rig.audit.since(markTicks, functionsUser)
  await scene.close()
  const writes = [...ofSweep, ...ofTicks].filter(isWrite).length
  const id = 'M9'
  return {
    rows: [
      { id, what: `tick over ${count} CronTasks, none due`, unit: 's', value: median(times), goal: { atMost: 1 } },
      { id, what: 'the slowest of its ticks', unit: 's', value: Math.max(...times) },
      { id, what: 'objects the ticks asked for', unit: '', value: asked, goal: nobody },
      {
        id,
        what: `sweep over ${half} settled CronTasks without Tasks`,
        unit: 's',
        value: sweepSeconds,
        goal: { atMost: 10 },
      },
      { id, what: 'objects the sweep asked for, of all kinds', unit: '', value: swept },
      { id, what: 'writes of both', unit: '', value: writes, goal: nobody },
    ],
    requests: {
      [`M9, sweep over ${half} CronTasks`]: tally(ofSweep),
      [`M9, ticks over ${count} CronTasks`]: tally(ofTicks),
    },
  }
}
