import type { Request } from '../audit.ts'
import { isWrite, tally } from '../audit.ts'
import type { FunctionsProcess } from '../functions-process.ts'
import { millisecondsEach } from '../numbers.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import { accountUser } from '../account.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'
import type { Pace } from './floor.ts'
import { floorWrites } from './floor.ts'

const agentCount = 20

interface Drive extends Pace {
  readonly podsBeyondOne: number
  readonly requests: readonly Request[]
  /** Milliseconds of the functions' processor time per Task. */
  readonly processorMs: number | undefined
}

/** Tasks made 16 at a time on 20 Agents without limits, from the first create to the last Completed. */
const drive = async (rig: Rig, functions: FunctionsProcess, user: string, tasks: number): Promise<Drive> => {
  const names = Array.from({ length: agentCount }, (_, index) => `agent-${index}`)
  const agents = Object.fromEntries(names.map((name) => [name, {}]))
  const scene = await openScene(rig, 'm1', { agents, runMilliseconds: 0 })
  const mark = rig.audit.mark()
  const before = { functions: functions.processorSeconds(), controlPlane: rig.processorSeconds() }
  const begun = performance.now()
  await inFlight(tasks, width, async (index) => {
    await scene.createTask(`task-${index}`, `agent-${index % agentCount}`)
  })
  await scene.untilAll(tasks, 'Completed', 60 + tasks / 4)
  const lives = [...scene.lives.values()]
  const perSecond = (tasks * 1000) / (Math.max(...lives.map(({ completedAt = 0 }) => completedAt)) - begun)
  const requests = rig.audit.since(mark, user)
  const processorMs = millisecondsEach(before.functions, functions.processorSeconds(), tasks)
  const controlPlaneMs = millisecondsEach(before.controlPlane, rig.processorSeconds(), tasks)
  await scene.close()
  return { perSecond, podsBeyondOne: scene.starts.length - tasks, requests, processorMs, controlPlaneMs }
}

/** M1: how many Tasks a second, beside the floor. */
export const measureThroughput = async (
  rig: Rig,
  functions: FunctionsProcess,
  tasks: number,
  floor: Pace | undefined,
): Promise<Result> => {
  const { perSecond, podsBeyondOne, requests, ...cost } = await drive(rig, functions, functionsUser, tasks)
  const least = floor?.perSecond ?? Number.NaN
  const memory = functions.mostMemory()
  const reads = requests.filter((request) => !isWrite(request)).length / tasks
  const id = 'M1'
  const nobody = { atMost: 0, always: true }
  const rows: Row[] = [
    { id, what: 'floor (no controller)', unit: 'Tasks/s', value: least },
    { id, what: 'floor (no controller)', unit: 'writes/s', value: least * floorWrites },
    { id, what: 'Tasks/s to Completed', unit: 'Tasks/s', value: perSecond, goal: { atLeast: 43 } },
    { id, what: 'share of the floor', unit: '×', value: perSecond / least, goal: { atLeast: 0.6 } },
    { id, what: 'Pods made beyond one per Task', unit: '', value: podsBeyondOne, goal: nobody },
    { id, what: 'reads per Task', unit: '', value: reads },
  ]
  const processorTimes = {
    'apiserver and etcd per Task, floor': floor?.controlPlaneMs,
    'apiserver and etcd per Task': cost.controlPlaneMs,
    'the functions per Task': cost.processorMs,
  }
  for (const [whose, value] of Object.entries(processorTimes))
    if (value !== undefined) rows.push({ id, what: `processor time of ${whose}`, unit: 'ms', value })
  // From source, with all of Node's and TypeScript's tools in it; the limit of 150 MB is for the container's bundle.
  if (memory !== undefined)
    rows.push({ id, what: 'most memory of the functions, from source', unit: 'MB', value: memory })
  return { rows, requests: { M1: tally(requests) } }
}

/** M12: the program of the container's image at the same work. */
export const measureContainer = async (rig: Rig, container: FunctionsProcess, tasks: number): Promise<Result> => {
  const { perSecond, processorMs, requests } = await drive(rig, container, accountUser, tasks)
  const memory = container.mostMemory()
  const id = 'M12'
  const writes = requests.filter(isWrite).length / tasks
  const rows: Row[] = [
    { id, what: 'Tasks/s to Completed, container', unit: 'Tasks/s', value: perSecond },
    { id, what: 'writes of the container per Task', unit: '', value: writes },
  ]
  if (processorMs !== undefined)
    rows.push({ id, what: 'processor time of the container per Task', unit: 'ms', value: processorMs })
  if (memory !== undefined)
    rows.push({ id, what: 'most memory of the container under M1', unit: 'MB', value: memory, goal: { atMost: 150 } })
  return { rows, requests: { M12: tally(requests) } }
}
