import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentSpec } from '../../../crds/agent.ts'
import type { Request } from '../audit.ts'
import { isWrite, tally } from '../audit.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import { untilAtRest } from '../rest.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'

const runMilliseconds = 200
/** Looks that follow the last Completed belong to the Task as well. */
const echoMilliseconds = 1_000

interface Arm {
  readonly name: string
  readonly spec: Partial<AgentSpec>
  readonly writesGoal?: number
}

const arms: readonly Arm[] = [
  { name: 'no limits', spec: {}, writesGoal: 4 },
  { name: 'limit 1000, nobody waits', spec: { maxConcurrentTasks: 1000 }, writesGoal: 5 },
  { name: 'limit 5, most wait', spec: { maxConcurrentTasks: 5 } },
]

const count = (requests: readonly Request[], has: (request: Request) => boolean): number => requests.filter(has).length

const agentObjects = new Set(['agents', 'agents/status', 'services', 'deployments'])

const rowsOf = ({ name, spec, writesGoal }: Arm, requests: readonly Request[], tasks: number): Row[] => {
  const isEvent = ({ resource }: Request): boolean => resource === 'events'
  const writes = requests.filter(isWrite)
  const perTask = (what: string, number: number, atMost?: number): Row => ({
    id: 'M10',
    what: `${what} per Task, ${name}`,
    unit: '',
    value: number / tasks,
    ...(atMost !== undefined && { goal: { atMost, always: true } }),
  })
  return [
    perTask(
      'writes without Events',
      count(writes, (one) => !isEvent(one)),
      writesGoal,
    ),
    perTask('Events', count(writes, isEvent), writesGoal === undefined ? undefined : 1),
    perTask(
      'writes refused (409)',
      count(writes, ({ code }) => code === 409),
    ),
    perTask('reads', requests.length - writes.length),
    perTask(
      'rewrites of Agent, Service, Deployment',
      count(writes, ({ resource }) => agentObjects.has(resource)),
      spec.maxConcurrentTasks === undefined ? 0 : undefined,
    ),
  ]
}

/** M10: what the functions ask of the apiserver per Task, by its audit log. */
export const measureWrites = async (rig: Rig, tasks: number): Promise<Result> => {
  const rows: Row[] = []
  const requests: Record<string, readonly (readonly [string, number])[]> = {}
  for (const arm of arms) {
    const scene = await openScene(rig, 'm10', { agents: { coder: arm.spec }, runMilliseconds })
    await untilAtRest(rig, echoMilliseconds)
    const mark = rig.audit.mark()
    await inFlight(tasks, width, async (index) => {
      await scene.createTask(`task-${index}`, 'coder')
    })
    await scene.untilAll(tasks, 'Completed', 180 + tasks)
    await sleep(echoMilliseconds)
    const made = rig.audit.since(mark, functionsUser)
    await scene.close()
    rows.push(...rowsOf(arm, made, tasks))
    requests[`M10, ${arm.name}, ${tasks} Tasks`] = tally(made)
  }
  return { rows, requests }
}
