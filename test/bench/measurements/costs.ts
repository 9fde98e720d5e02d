import type { Pod } from 'kubernetes-types/core/v1'
import { agentObject, paths, podRunning, taskObject } from '../objects.ts'
import { inFlight, until } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'

const width = 8
const id = 'costs'

/** What is asked for again and again, of which there may be another each time. */
type Ask = (index: number) => Promise<unknown>

/** Milliseconds of processor time of apiserver and etcd for one request of each kind, the same number of all. */
const costsOf = async (rig: Rig, count: number, asks: Readonly<Record<string, Ask>>): Promise<Row[]> => {
  const rows: Row[] = []
  for (const [what, ask] of Object.entries(asks)) {
    const before = rig.processorSeconds() ?? Number.NaN
    await inFlight(count, width, async (index) => void (await ask(index)))
    rows.push({ id, what, unit: 'ms', value: (((rig.processorSeconds() ?? Number.NaN) - before) * 1000) / count })
  }
  return rows
}

const podObject = (name: string, { spec, metadata }: Pod): Pod => ({
  metadata: { name, ...(metadata?.labels && { labels: metadata.labels }) },
  ...(spec && { spec }),
})

const small: Pod = {
  spec: { containers: [{ name: 'agent', image: 'bench' }], automountServiceAccountToken: false },
}

/** What requests cost where nobody is told of them. */
export const measureRequests = async (rig: Rig, count: number): Promise<Result> => {
  const { person } = rig
  const scene = await openScene(rig, 'costs', { agents: {}, runMilliseconds: 0, isEmpty: true })
  const { namespace } = scene
  const tasks = paths.tasks(namespace)
  const pods = paths.pods(namespace)
  await person.send('POST', paths.agents(namespace), agentObject('coder'))
  const missing = `${paths.agents(namespace)}/nobody`
  const event = (name: string): object => ({
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
  const rows = await costsOf(rig, count, {
    'read an Agent': () => person.read(`${paths.agents(namespace)}/coder`),
    'read what is not there': () => person.read(missing).catch(() => {}),
    'create a ConfigMap': (index) =>
      person.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
        metadata: { name: `map-${index}` },
        data: { 'task.md': 'Say hello.' },
      }),
    'create an Event': (index) => person.send('POST', paths.events(namespace), event(`event-${index}`)),
    'create a Task': (index) => person.send('POST', tasks, taskObject(`task-${index}`, 'coder')),
    'patch the status of a Task': (index) =>
      person.send('PATCH', `${tasks}/task-${index}/status`, { status: { phase: 'Running' } }),
    'create a small Pod': (index) => person.send('POST', pods, podObject(`pod-${index}`, small)),
    'patch the status of a small Pod': (index) =>
      person.send('PATCH', `${pods}/pod-${index}/status`, podRunning(new Date())),
    'create a Task, dry run': (index) =>
      person.send('POST', `${tasks}?dryRun=All`, taskObject(`dry-${index}`, 'coder')),
  })
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
  const pod = await person.read<Pod>(`${pods}/real-pod`)
  const unwatched: Pod = { ...pod, metadata: {} }
  await person.send('POST', pods, podObject('unwatched', unwatched))
  const told = (name: string) => () => person.send('PATCH', `${pods}/${name}/status?dryRun=All`, podRunning(new Date()))
  const rows = await costsOf(rig, count, {
    'create a Task, dry run, judged': (index) =>
      person.send('POST', `${paths.tasks(namespace)}?dryRun=All`, taskObject(`dry-${index}`, 'coder')),
    'create the Pod of a Task, dry run': (index) =>
      person.send('POST', `${pods}?dryRun=All`, podObject(`dry-${index}`, unwatched)),
    'patch the status of a Pod as large, dry run': told('unwatched'),
    'patch the status of the Pod of a Task, dry run, told': told('real-pod'),
  })
  await scene.close()
  return { rows }
}
