import { setTimeout as sleep } from 'node:timers/promises'
import { annotations } from '../../../crds/names.ts'
import { percentile } from '../numbers.ts'
import { paths, podSilent } from '../objects.ts'
import { atRate } from '../pace.ts'
import type { PlayedServer } from '../played-server.ts'
import { startPlayedServer } from '../played-server.ts'
import type { Rig } from '../rig.ts'
import { untilAtRest } from '../rest.ts'
import type { Result, Row } from '../row.ts'
import type { Scene } from '../scene.ts'
import { openScene } from '../scene.ts'
import { latencyRows, startWaits } from './latency.ts'

const others = 50
const perSecond = 10
const runMilliseconds = 200
/** Tasks per second of the Agent whose server is a bad one, one arm each. */
const rates = [2, 10] as const
/** Its Tasks work so long, and every third is stopped when half of that is over. */
const neighbourMilliseconds = 600
const drainSeconds = 300
/** Nothing of making so many Agents is left when the first Task comes. */
const restMilliseconds = 1_000

/** Its Pods say that the agent waits for a person as long as they run, and end without a summary: each asks the server. */
const openNeighbour = async (rig: Rig, server: PlayedServer, isSwallowing: boolean): Promise<Scene> => {
  server.swallow(false)
  const agents = { coder: { config: { permission: { bash: 'ask' } } } }
  const scene = await openScene(rig, 'neighbour', { agents, runMilliseconds: neighbourMilliseconds, ended: podSilent })
  await server.standBehind(rig.person, scene.namespace, 'coder')
  server.swallow(isSwallowing)
  return scene
}

interface Arm {
  readonly waits: readonly number[]
  readonly swallowed: number
}

/** From the answer to the person to the news of the Pod, for Tasks of the others, while the neighbour has Tasks too. */
const measureArm = async (
  rig: Rig,
  server: PlayedServer,
  tasks: number,
  { rate, isSwallowing }: { readonly rate: number; readonly isSwallowing: boolean },
): Promise<Arm> => {
  const before = server.swallowed()
  const neighbour = await openNeighbour(rig, server, isSwallowing)
  const names = Array.from({ length: others }, (_, index) => `agent-${index}`)
  const agents = Object.fromEntries(names.map((name) => [name, {}]))
  const scene = await openScene(rig, 'm13', { agents, runMilliseconds })
  await untilAtRest(rig, restMilliseconds)
  const answeredAt = new Map<string, number>()
  const neighbours = Math.ceil((tasks * rate) / perSecond)
  const bad = atRate(neighbours, rate, async (index) => {
    const name = `task-${index}`
    await neighbour.createTask(name, 'coder')
    if (index % 3 !== 2) return
    await sleep(neighbourMilliseconds / 2)
    const metadata = { annotations: { [annotations.stop]: 'true' } }
    await rig.person.send('PATCH', `${paths.tasks(neighbour.namespace)}/${name}`, { metadata })
  })
  await atRate(tasks, perSecond, async (index) => {
    const name = `task-${index}`
    answeredAt.set(name, await scene.createTask(name, names[index % others] ?? ''))
  })
  await bad
  await scene.untilAll(tasks, 'Completed', 60 + tasks)
  const swallowed = server.swallowed() - before
  await neighbour.untilAll(neighbours, 'Completed', drainSeconds)
  await scene.close()
  await neighbour.close()
  const waits = startWaits(scene, answeredAt)
  return { waits, swallowed }
}

/**
 * M13: what 50 Agents notice of one more whose server takes connections and answers nothing, beside the same with a
 * server that answers.
 */
export const measureSwallowing = async (rig: Rig, tasks: number): Promise<Result> => {
  const server = await startPlayedServer()
  const rows: Row[] = []
  const id = 'M13'
  for (const rate of rates) {
    const beside = `one at ${rate} Tasks/s`
    const answering = await measureArm(rig, server, tasks, { rate, isSwallowing: false })
    const swallowing = await measureArm(rig, server, tasks, { rate, isSwallowing: true })
    const ratio = percentile(swallowing.waits, 99) / percentile(answering.waits, 99)
    rows.push(
      ...latencyRows(id, `apply → Pod of 50 Agents, ${beside} has a server that answers`, answering.waits, {}),
      ...latencyRows(id, `apply → Pod of 50 Agents, ${beside} has one that does not`, swallowing.waits, {}),
      { id, what: `times as late, p99, ${beside}`, unit: '×', value: ratio, goal: { atMost: 1.2 } },
      { id, what: `requests that were swallowed, ${beside}`, unit: '', value: swallowing.swallowed },
    )
  }
  await server.close()
  return { rows }
}
