import type { Pod } from 'kubernetes-types/core/v1'
import { millisecondsEach } from '../numbers.ts'
import { agentObject, paths, podRunning, podSucceeded, smallPod, taskObject } from '../objects.ts'
import { inFlight, until } from '../pace.ts'
import { untilAtRest } from '../rest.ts'
import type { Rig } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'

const id = 'costs'
const width = 8
/** Requests that come first and are not counted. */
const warmUps = 50
const restMilliseconds = 3_000

/** One request; `index` tells it from the others of its kind. */
type Ask = (index: number) => Promise<unknown>

/** Milliseconds of processor time of apiserver and etcd for one request of each kind, as many of all. */
const costsOf = async (rig: Rig, count: number, asks: Readonly<Record<string, Ask>>): Promise<Row[]> => {
  const rows: Row[] = []
  for (const [what, ask] of Object.entries(asks)) {
    await inFlight(warmUps, width, async (index) => void (await ask(index)))
    const before = rig.processorSeconds()
    await inFlight(count, width, async (index) => void (await ask(warmUps + index)))
    const value = millisecondsEach(before, rig.processorSeconds(), count)
    if (value !== undefined) rows.push({ id, what, unit: 'ms', value })
  }
  return rows
}

const event = (name: string, namespace: string): object => ({
  metadata: { name },
  eventTime: new Date().toISOString().replace('Z', '000Z'),
  type: 'Normal',
  reason: 'PodCreated',
  action: 'CreatePod',
  note: 'created Pod task-pod',
  reportingController: 'bench',
  reportingInstance: 'bench',
  regarding: { apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace },
})

/** What requests cost where nobody judges them and nobody is told of them. */
export const measureRequests = async (rig: Rig, count: number): Promise<Result> => {
  const { person } = rig
  const scene = await openScene(rig, 'costs', { agents: {}, runMilliseconds: 0, isEmpty: true })
  const { namespace } = scene
  const [agents, tasks, pods] = [paths.agents(namespace), paths.tasks(namespace), paths.pods(namespace)]
  const maps = `/api/v1/namespaces/${namespace}/configmaps`
  const map = (index: number) => ({ metadata: { name: `map-${index}` }, data: { 'task.md': 'Say hello.' } })
  const absent = async (path: string): Promise<void> => {
    const answer = await rig.send('GET', path)
    if (answer.status !== 404) throw new Error(`GET ${path} was answered with ${answer.status}, not 404`)
  }
  await person.send('POST', agents, agentObject('coder'))
  const rows = await costsOf(rig, count, {
    'read an Agent': () => person.read(`${agents}/coder`),
    'read an Agent that is not there': () => absent(`${agents}/nobody`),
    'create a ConfigMap': (index) => person.send('POST', maps, map(index)),
    'create an Event': (index) => person.send('POST', paths.events(namespace), event(`event-${index}`, namespace)),
    'create a Task': (index) => person.send('POST', tasks, taskObject(`task-${index}`, 'coder')),
    'patch the status of a Task': (index) =>
      person.send('PATCH', `${tasks}/task-${index}/status`, { status: { phase: 'Completed' } }),
    'create a small Pod': (index) => person.send('POST', pods, smallPod(`pod-${index}`)),
    'patch the status of a small Pod': (index) =>
      person.send('PATCH', `${pods}/pod-${index}/status`, podRunning(new Date())),
    'create a Task, dry run': (index) =>
      person.send('POST', `${tasks}?dryRun=All`, taskObject(`dry-${index}`, 'coder')),
  })
  await person.send('DELETE', `${agents}/coder`)
  await scene.close()
  return { rows }
}

/** What they cost with our webhooks, and with the Pod that a Task has; as dry runs, so that nobody has work with them. */
export const measureJudgedRequests = async (rig: Rig, count: number): Promise<Result> => {
  const { person } = rig
  const scene = await openScene(rig, 'costs-judged', { agents: { coder: {} }, runMilliseconds: 3_600_000 })
  const { namespace } = scene
  const pods = paths.pods(namespace)
  await scene.createTask('real', 'coder')
  await until(
    () => 'the Task has no Pod',
    () => scene.starts.length > 0,
    60,
  )
  const { spec } = await person.read<Pod>(`${pods}/real-pod`)
  const podOf = (name: string): Pod => ({ metadata: { name }, ...(spec && { spec }) })
  await person.send('POST', pods, podOf('unwatched'))
  await untilAtRest(rig, restMilliseconds)
  const ended = (name: string) => () =>
    person.send('PATCH', `${pods}/${name}/status?dryRun=All`, podSucceeded(new Date()))
  const rows = await costsOf(rig, count, {
    'create a Task, dry run, judged': (index) =>
      person.send('POST', `${paths.tasks(namespace)}?dryRun=All`, taskObject(`dry-${index}`, 'coder')),
    'create the Pod of a Task, dry run': (index) => person.send('POST', `${pods}?dryRun=All`, podOf(`dry-${index}`)),
    'patch the status of a Pod as large, dry run': ended('unwatched'),
    'patch the status of the Pod of a Task, dry run, told': ended('real-pod'),
  })
  await scene.close()
  return { rows }
}
