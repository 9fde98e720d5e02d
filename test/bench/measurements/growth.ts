import { setTimeout as sleep } from 'node:timers/promises'
import type { FunctionsProcess } from '../functions-process.ts'
import { isWrite, tally } from '../audit.ts'
import { percentile } from '../numbers.ts'
import { agentObject, cronTaskObject, paths, taskObject } from '../objects.ts'
import { atRate, inFlight, until, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import type { Scene } from '../scene.ts'
import { openScene } from '../scene.ts'

/** What stands in the cluster at 1×, none of which has to do with the work that is measured. */
const crowd = { finished: 250, waiting: 50, agents: 10, cronTasks: 50 }
const times = [1, 4, 16]
const perSecond = 10
/** Longer than a tick of the functions, so that one is among what is counted. */
const restMilliseconds = 20_000

/** Adds what is missing up to `factor` times the crowd. */
const grow = async (rig: Rig, { namespace }: Scene, from: number, factor: number): Promise<void> => {
  const { person } = rig
  const add = (count: number, work: (index: number) => Promise<void>): Promise<void> =>
    inFlight(count * (factor - from), width, (index) => work(count * from + index))
  await add(crowd.agents, (index) =>
    person.send('POST', paths.agents(namespace), agentObject(`other-${index}`, { suspend: true })),
  )
  await add(crowd.cronTasks, (index) =>
    person.send('POST', paths.cronTasks(namespace), cronTaskObject(`cron-${index}`, '0 0 29 2 *', 'other-0')),
  )
  await add(crowd.waiting, (index) =>
    person.send('POST', paths.tasks(namespace), taskObject(`waiting-${index}`, `other-${index % crowd.agents}`)),
  )
  await add(crowd.finished, async (index) => {
    const name = `finished-${index}`
    await person.send('POST', paths.tasks(namespace), taskObject(name, 'done'))
    await person.send('PATCH', `${paths.tasks(namespace)}/${name}/status`, {
      status: { phase: 'Completed', completionTime: new Date().toISOString() },
    })
  })
}

const settled = async (rig: Rig): Promise<void> => {
  await until(
    () => 'the functions still write',
    async () => {
      const mark = rig.audit.mark()
      await sleep(2_000)
      return rig.audit.since(mark, functionsUser).filter(isWrite).length === 0
    },
    120,
  )
}

/** The same work beside more and more that has nothing to do with it: what grows with the crowd is a defect. */
export const measureGrowth = async (rig: Rig, functions: FunctionsProcess, tasks: number): Promise<Result> => {
  const crowded = await openScene(rig, 'crowd', { agents: { done: { suspend: true } }, runMilliseconds: 0 })
  const rows: Row[] = []
  const requests: Record<string, readonly (readonly [string, number])[]> = {}
  let standing = 0
  for (const factor of times) {
    await grow(rig, crowded, standing, factor)
    standing = factor
    await settled(rig)
    const atRest = rig.audit.mark()
    const restBefore = functions.processorSeconds() ?? Number.NaN
    await sleep(restMilliseconds)
    const resting = rig.audit.since(atRest, functionsUser)
    const rest = (functions.processorSeconds() ?? Number.NaN) - restBefore

    const scene = await openScene(rig, 'grown', {
      agents: { coder: { maxConcurrentTasks: 1000 } },
      runMilliseconds: 200,
    })
    await sleep(1_000)
    const answeredAt = new Map<string, number>()
    const mark = rig.audit.mark()
    const before = functions.processorSeconds() ?? Number.NaN
    await atRate(tasks, perSecond, async (index) => {
      const name = `task-${index}`
      answeredAt.set(name, await scene.createTask(name, 'coder'))
    })
    await scene.untilAll(tasks, 'Completed', 120)
    await sleep(1_000)
    const made = rig.audit.since(mark, functionsUser)
    const used = (functions.processorSeconds() ?? Number.NaN) - before
    await scene.close()
    const waits = [...scene.lives].map(([name, { podCreatedAt = 0 }]) => podCreatedAt - (answeredAt.get(name) ?? 0))
    const beside = `beside ${factor}×`
    const add = (what: string, unit: string, value: number): void =>
      void rows.push({ id: 'growth', what: `${what}, ${beside}`, unit, value })
    add('apply → Pod, p50', 'ms', percentile(waits, 50))
    add('apply → Pod, p99', 'ms', percentile(waits, 99))
    add('requests per Task', '', made.length / tasks)
    add('processor time per Task', 'ms', (used * 1000) / tasks)
    add(`requests in ${restMilliseconds / 1000} s of rest`, '', resting.length)
    add(`processor time in ${restMilliseconds / 1000} s of rest`, 'ms', rest * 1000)
    requests[`growth, ${beside}`] = tally(made)
    requests[`growth at rest, ${beside}`] = tally(resting)
  }
  await crowded.close()
  return { rows, requests }
}
