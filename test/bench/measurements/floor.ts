import { taskPodName } from '../../../functions/workload/names.ts'
import { millisecondsEach, percentile } from '../numbers.ts'
import { cronTaskObject, paths, podRunning, podSucceeded, smallPod, taskObject } from '../objects.ts'
import { atRate, inFlight, until, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { removeAll } from '../rest.ts'
import type { Row } from '../row.ts'
import type { Scene } from '../scene.ts'
import { openScene } from '../scene.ts'
import { startWaits } from './latency.ts'

/*
 * The floor: the same work where nobody decides anything. This program makes the fewest writes that it can be done with,
 * so that each figure is also a ratio to what this apiserver can do at all.
 */

/** A Task of the floor has no Agent that is there. */
const nobody = 'nobody'

/** How fast it goes, and what that costs the apiserver and etcd. */
export interface Pace {
  readonly perSecond: number
  /** Milliseconds of processor time of apiserver and etcd per Task; undefined where the system does not tell. */
  readonly controlPlaneMs: number | undefined
}

/** Task create, Pod create, two Pod and two Task status writes. */
export const floorWrites = 6

/** Of M1: those writes for each Task, one after another, 16 Tasks at a time. */
export const floorOfThroughput = async (rig: Rig, tasks: number): Promise<Pace> => {
  const { person } = rig
  const scene = await openScene(rig, 'floor-m1', { agents: {}, runMilliseconds: 0, isEmpty: true })
  const { namespace } = scene
  const before = rig.processorSeconds()
  const begun = performance.now()
  await inFlight(tasks, width, async (index) => {
    const task = `task-${index}`
    const pod = taskPodName(task)
    const podStatus = `${paths.pods(namespace)}/${pod}/status`
    const taskStatus = `${paths.tasks(namespace)}/${task}/status`
    const now = new Date()
    await scene.createTask(task, nobody)
    await person.send('POST', paths.pods(namespace), smallPod(pod))
    await person.send('PATCH', podStatus, podRunning(now))
    await person.send('PATCH', taskStatus, { status: { phase: 'Running', podName: pod } })
    await person.send('PATCH', podStatus, podSucceeded(now))
    await person.send('PATCH', taskStatus, { status: { phase: 'Completed' } })
  })
  const seconds = (performance.now() - begun) / 1000
  const controlPlaneMs = millisecondsEach(before, rig.processorSeconds(), tasks)
  await scene.close()
  return { perSecond: tasks / seconds, controlPlaneMs }
}

const makePod = (rig: Rig, { namespace }: Scene, task: string): Promise<void> =>
  rig.person.send('POST', paths.pods(namespace), smallPod(taskPodName(task), task))

const untilAllEnded = (scene: Scene, tasks: number, seconds: number): Promise<void> => {
  const ended = (): number => [...scene.lives.values()].filter(({ podEndedAt }) => podEndedAt !== undefined).length
  return until(
    () => `${ended()} of ${tasks} Pods of ${scene.namespace} have ended`,
    () => ended() === tasks,
    seconds,
  )
}

/** Of M2: milliseconds from the answer to who makes a Task, who makes its Pod at once, to the news of that. */
export const floorOfStart = async (
  rig: Rig,
  tasks: number,
  { perSecond, runMilliseconds }: { readonly perSecond: number; readonly runMilliseconds: number },
): Promise<readonly number[]> => {
  const scene = await openScene(rig, 'floor-m2', { agents: {}, runMilliseconds })
  const answeredAt = new Map<string, number>()
  await atRate(tasks, perSecond, async (index) => {
    const task = `task-${index}`
    answeredAt.set(task, await scene.createTask(task, nobody))
    await makePod(rig, scene, task)
  })
  await untilAllEnded(scene, tasks, 60)
  await scene.close()
  // Nobody has ended these, and the functions would find them.
  await removeAll(rig, paths.tasks(scene.namespace))
  return startWaits(scene, answeredAt)
}

/** Of M3 and M4: `limit` Pods at a time; the news that one has ended makes the next and writes two statuses. */
export const floorOfQueue = async (
  rig: Rig,
  tasks: number,
  { limit, runMilliseconds }: { readonly limit: number; readonly runMilliseconds: number },
): Promise<Scene> => {
  const { person } = rig
  let next = limit
  let fault: unknown
  const begun = new Map<string, Promise<void>>()
  const write = (task: string, status: object): Promise<void> =>
    person.send('PATCH', `${paths.tasks(scene.namespace)}/${task}/status`, { status })
  const begin = (task: string): Promise<void> => {
    const made = makePod(rig, scene, task).then(() => write(task, { phase: 'Running', podName: taskPodName(task) }))
    begun.set(task, made)
    return made
  }
  const scene = await openScene(rig, 'floor-queue', {
    agents: {},
    runMilliseconds,
    onPodEnd: (task) => {
      const following = next < tasks ? begin(`task-${next++}`) : undefined
      const ended = begun.get(task)?.then(() => write(task, { phase: 'Completed' }))
      Promise.all([following, ended]).catch((error: unknown) => (fault ??= error))
    },
  })
  await inFlight(tasks, width, async (index) => void (await scene.createTask(`task-${index}`, nobody)))
  for (let index = 0; index < Math.min(limit, tasks); index++) await begin(`task-${index}`)
  const done = (): number => [...scene.lives.values()].filter(({ phase }) => phase === 'Completed').length
  await until(
    () => `${done()} of ${tasks} Tasks of ${scene.namespace} are done`,
    () => {
      if (fault !== undefined) throw new Error('a write of the floor failed', { cause: fault })
      return done() === tasks
    },
    60 + 2 * tasks,
  )
  await scene.close()
  return scene
}

const eventObject = (namespace: string, name: string, now: string): object => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: `${name}.1` },
  eventTime: `${now.slice(0, 23)}000Z`,
  reportingController: 'bench',
  reportingInstance: 'bench',
  type: 'Normal',
  reason: 'TaskCreated',
  action: 'CreateTask',
  regarding: { kind: 'CronTask', namespace, name },
})

/** Of M8: seconds for a Task, a status of its CronTask and an Event each, 16 CronTasks at a time. */
export const floorOfFires = async (rig: Rig, count: number): Promise<number> => {
  const { person } = rig
  const scene = await openScene(rig, 'floor-m8', { agents: {}, runMilliseconds: 0, isEmpty: true })
  const { namespace } = scene
  const cronTasks = paths.cronTasks(namespace)
  await inFlight(count, width, (index) =>
    person.send('POST', cronTasks, cronTaskObject(`cron-${index}`, '0 0 1 1 *', nobody)),
  )
  const begun = performance.now()
  await inFlight(count, width, async (index) => {
    await person.send('POST', paths.tasks(namespace), taskObject(`cron-${index}-1`, nobody))
    const now = new Date().toISOString()
    await person.send('PATCH', `${cronTasks}/cron-${index}/status`, { status: { lastScheduleTime: now } })
    await person.send('POST', paths.events(namespace), eventObject(namespace, `cron-${index}`, now))
  })
  const seconds = (performance.now() - begun) / 1000
  for (const path of [cronTasks, paths.tasks(namespace)]) await removeAll(rig, path)
  await scene.close()
  return seconds
}

/** p50 of the floor of `what`, and how many times that is taken. */
export const floorRows = (
  id: string,
  what: string,
  waits: readonly number[],
  floor: readonly number[] | undefined,
): Row[] => {
  if (!floor) return []
  const least = percentile(floor, 50)
  return [
    { id, what: `${what}: floor (no controller), p50`, unit: 'ms', value: least },
    { id, what: `${what}: times the floor, p50`, unit: '×', value: percentile(waits, 50) / least },
  ]
}
