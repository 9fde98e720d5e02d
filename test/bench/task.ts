/**
 * From the apply of a Task to the first call of the model, stage by stage, and the most memory of the Task's Pod, with our runner and with
 * `opencode run --attach`, on the cluster that `npm run demo` leaves: `npm run bench:task -- KUBECONFIG [rounds]`.
 * The node must be this machine, whose cgroups are read every 25 ms. Prints medians and ranges. The stages of the Pod are those that
 * its kubelet tells of, when it does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '../../crds/task.ts'
import { taskPodName } from '../../functions/workload/names.ts'
import type { TaskClient } from '../../functions/workload/settings.ts'
import { taskClients } from '../../functions/workload/settings.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { percentile } from './numbers.ts'
import type { Moments } from './task-stages.ts'
import { stagesOf, withSigns } from './task-stages.ts'

const [kubeconfig, given] = process.argv.slice(2)
if (kubeconfig === undefined) {
  console.error('usage: npm run bench:task -- KUBECONFIG [rounds], with the kubeconfig of the cluster of npm run demo')
  process.exit(2)
}
const rounds = Number(given ?? 7)
const namespace = 'kubeopencode-demo'
const system = 'kubeopencode-system'
const controller = 'kubeopencode-controller'
const client = createCluster(connect(await identify({ kubeconfig }), 'bench'))
const send = sender(connect(await identify({ kubeconfig }), 'bench'))

const patched = async (path: string, patch: object): Promise<void> => {
  const answer = await send('PATCH', path, { contentType: 'application/strategic-merge-patch+json', body: patch })
  if (!answer.ok) throw new Error(`${path} was not changed: ${await answer.text()}`)
}

/** Until the one copy that is there works with `client`. */
const useClient = async (name: TaskClient): Promise<void> => {
  const variable = { name: 'KUBEOPENCODE_TASK_CLIENT', value: name }
  const template = { spec: { containers: [{ name: 'controller', env: [variable] }] } }
  await patched(`/apis/apps/v1/namespaces/${system}/deployments/${controller}`, { spec: { template } })
  for (;;) {
    const deployment = await client.get({ kind: 'Deployment', namespace: system, name: controller })
    const { observedGeneration, replicas, updatedReplicas, readyReplicas } = deployment?.status ?? {}
    const isNew = observedGeneration === deployment?.metadata?.generation
    if (isNew && replicas === deployment?.spec?.replicas && updatedReplicas === replicas && readyReplicas === replicas)
      return
    await sleep(200)
  }
}

/** The cgroup of a Pod on this machine, of version 1 or 2; undefined where it is none (any more). */
const cgroupOf = (uid: string): string | undefined => {
  const root = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup'
  const find = (folder: string, depth: number): string | undefined => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      const path = join(folder, entry.name)
      if (entry.name.replaceAll('_', '-').includes(`pod${uid}`)) return path
      const found = depth > 0 ? find(path, depth - 1) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
  return find(root, 4)
}

/** Memory that is no cache of files, which the kernel takes back when it is short: what a limit must leave room for. */
const anonymousMb = (cgroup: string): number => {
  try {
    const stat = readFileSync(join(cgroup, 'memory.stat'), 'utf8')
    return Number(/^(?:total_rss|anon) (\d+)$/m.exec(stat)?.[1] ?? 0) / 1024 / 1024
  } catch {
    // The Pod is gone already.
    return 0
  }
}

/** The same with the cache of files, such as OpenCode itself, as the kernel remembers it. */
const peakMb = (cgroup: string): number => {
  for (const file of ['memory.peak', 'memory.max_usage_in_bytes'])
    try {
      return Number(readFileSync(join(cgroup, file), 'utf8')) / 1024 / 1024
    } catch {
      // The other version has the other file, and a Pod that is gone has none.
    }
  return 0
}

/** When the model was first asked something with `characters` characters after `since`, by the kubelet's clock, which is ours. */
const firstCall = async (characters: number, since: Date): Promise<number> => {
  const pods = await client.list('Pod', { namespace, labelSelector: 'app=model' })
  const name = pods.items[0]?.metadata?.name
  const query = new URLSearchParams({ timestamps: 'true', sinceTime: since.toISOString() })
  const answer = await send('GET', `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`)
  const line = (await answer.text()).split('\n').find((one) => one.includes(`"promptCharacters":${characters},`))
  if (line === undefined) throw new Error(`the model has not seen the prompt of ${characters} characters`)
  return Date.parse(line.split(' ')[0] ?? '')
}

/** When the runner in `pod` wrote that it has a session; undefined for a client that does not. */
const sessionAt = async (pod: string): Promise<number | undefined> => {
  const answer = await send('GET', `/api/v1/namespaces/${namespace}/pods/${pod}/log?timestamps=true`)
  const line = answer.ok ? (await answer.text()).split('\n').find((one) => / session ses_/.test(one)) : undefined
  return line === undefined ? undefined : Date.parse(line.split(' ')[0] ?? '')
}

interface Sample {
  readonly firstCallMs: number
  readonly stages: ReadonlyMap<string, number>
  readonly totalMs: number
  readonly anonymousMb: number
  readonly peakMb: number
}

let turn = 0
const sample = async (taskClient: TaskClient): Promise<Sample> => {
  const name = `bench-${taskClient}-${++turn}`
  // Each prompt has a length of its own, by which the model's log tells it from others.
  const description = `[[echo]]${'.'.repeat(300 + turn)}`
  const since = new Date()
  const task: Task = {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: { namespace, name },
    spec: { agentRef: { name: 'developer' }, description },
  }
  await client.create(task)
  const answered = Date.now()
  let seen: Moments['pod'] = {}
  let anonymous = 0
  let peak = 0
  let cgroup: string | undefined
  for (;;) {
    const { status } = (await client.get({ kind: 'Task', namespace, name })) ?? {}
    const phase = status?.phase
    const pod = await client.get({ kind: 'Pod', namespace, name: taskPodName(name) })
    if (pod) {
      seen = withSigns(seen, pod, Date.now())
      cgroup ??= pod.metadata?.uid === undefined ? undefined : cgroupOf(pod.metadata.uid)
      anonymous = Math.max(anonymous, cgroup === undefined ? 0 : anonymousMb(cgroup))
      peak = Math.max(peak, cgroup === undefined ? 0 : peakMb(cgroup))
    }
    if (phase === 'Failed') throw new Error(`${name} failed: ${JSON.stringify(status?.conditions)}`)
    if (phase === 'Completed') break
    await sleep(25)
  }
  const applied = since.getTime()
  const totalMs = Date.now() - applied
  const modelCall = await firstCall(description.length, since)
  const session = await sessionAt(taskPodName(name))
  return {
    firstCallMs: modelCall - applied,
    stages: stagesOf({ applied, answered, pod: seen, session, modelCall }),
    totalMs,
    anonymousMb: anonymous,
    peakMb: peak,
  }
}

const spread = (values: readonly number[], digits: number): string =>
  [percentile(values, 50), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)).join(' / ')

for (const taskClient of taskClients) {
  await useClient(taskClient)
  await sample(taskClient)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    // A Task ends when the kubelet looks, once a second. Each round begins at another moment of that second, else all wait as long for the next look.
    await sleep((1000 * round) / rounds)
    samples.push(await sample(taskClient))
  }
  const of = (what: Exclude<keyof Sample, 'stages'>, digits: number, scale = 1): string =>
    spread(
      samples.map((one) => one[what] / scale),
      digits,
    )
  console.log(
    `${taskClient.padEnd(9)} first model call ${of('firstCallMs', 2, 1000)} s, completed ${of('totalMs', 2, 1000)} s, memory of the Pod ${of('anonymousMb', 0)} MB, with file cache ${of('peakMb', 0)} MB (median / least / most of ${rounds})`,
  )
  for (const stage of samples[0]?.stages.keys() ?? []) {
    const times = samples.map(({ stages }) => (stages.get(stage) ?? 0) / 1000)
    console.log(`  ${stage.padEnd(34)} ${spread(times, 2)} s`)
  }
}
await useClient('runner')
