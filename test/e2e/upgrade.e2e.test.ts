import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Pod } from 'kubernetes-types/core/v1'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { controllerSelector } from '../../cli/doctor/version.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { pathOf, sender } from '../../infra/cluster/rest.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { CONTROLLER } from '../../infra/generate/installation.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { install } from './install.ts'
import { podsEver } from './pods.ts'
import { agent, hasEnded, openWorld, task } from './world.ts'

const world = await openWorld('e2e-upgrade')
const system = await openWorld(SYSTEM_NAMESPACE)
const root = join(import.meta.dirname, '../..')
const chart = join(root, 'infra/helm/kubeopencode')
/** test/fixtures/charts/README.md says what it is. */
const chartBefore = join(root, 'test/fixtures/charts/kubeopencode-0.0.1.tgz')
const access = { kubeconfig: inject('kubeconfig'), kubectl: inject('kubectl'), helm: inject('helm') }

/** Gives all that helm says: the logs of hooks are not in its output proper. */
const helm = async (...args: readonly string[]): Promise<string> => {
  const flags = ['--kubeconfig', access.kubeconfig, '--namespace', SYSTEM_NAMESPACE]
  const { stdout, stderr } = await promisify(execFile)(access.helm, [...flags, ...args])
  return stderr + stdout
}
const settled = ['--wait', '--timeout=600s']
const upgrade = (to: string) =>
  helm('upgrade', 'kubeopencode', to, '--install', '--reset-values', '--set=podStartTimeoutSeconds=120', ...settled)

/** The status of a Deployment comes after what Helm waits for, and a Pod that ends counts for a moment. */
const available = async (count: number): Promise<void> => {
  await expect.poll(controllers, { timeout: 300_000 }).toEqual({ wanted: count, available: count })
}

const controllers = async () => {
  const deployment = await system.get('Deployment', CONTROLLER)
  return { wanted: deployment?.spec?.replicas, available: deployment?.status?.availableReplicas }
}

/** As many as the Agent may be behind: a slow machine is not given more than it gets done. */
const mostWaiting = 8

const waiting = async (): Promise<number> =>
  (await world.cluster.list('Task', { namespace: world.namespace })).items.filter((one) => !hasEnded(one)).length

/** Makes one Task after the other until it is stopped; gives their names, and what was said where one was refused. */
const startLoad = (everyMs: number) => {
  const names: string[] = []
  const refusals: string[] = []
  const stopped = new AbortController()
  const load = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const name = `load-${names.length}`
      names.push(name)
      const object = task(name, { agentRef: { name: 'worker' }, description: '[[bash:true]]' })
      await world.cluster
        .create({ ...object, metadata: { name, namespace: world.namespace } })
        .catch((error: unknown) => refusals.push(`${name}: ${sentenceOf(error)}`))
      do await sleep(everyMs)
      while (!stopped.signal.aborted && (await waiting()) >= mostWaiting)
    }
  }
  const running = load()
  return {
    made: () => names.length,
    stop: async () => {
      stopped.abort()
      await running
      return { names, refusals }
    },
  }
}

beforeAll(async () => {
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } })
  await world.apply(agent('worker', { maxConcurrentTasks: 4 }))
  await world.until('Agent', 'worker', (found) => found?.status?.ready === true)
})
afterAll(() => install(access))

/** In this order: what is installed is tried and removed, and what came before it is upgraded. */
describe('the chart on a real node', () => {
  test('two controllers serve, and none holds a lease to lead', async () => {
    await available(2)
    expect((await system.kubectl('get', 'leases', '-o', 'name')).trim()).toBe('')
  })

  test('helm test says what works, and leaves nothing', async () => {
    const said = await helm('test', 'kubeopencode')
    expect(said).toContain('ok    admission completes a Task')
    expect(said).toMatch(
      /ok {4}admission refuses a wrong Task: admission webhook .*denied.*spec\.contexts\[0\]\.url\.source/,
    )
    expect(said).toContain('ok    the functions look at a new Task')
    expect(said).toMatch(/ok {4}the API answers: Kubernetes v.*kubeopencode-check/)
    const left = async () => {
      const names = await system.kubectl('get', 'tasks,pods,roles,serviceaccounts', '-o', 'name')
      return names.split('\n').filter((name) => name.includes('check'))
    }
    await expect.poll(left, { timeout: 120_000 }).toEqual([])
  })

  /** The Pods of the installation that are not on their way out. */
  const living = async (selector: string): Promise<Pod[]> => {
    const found = await system.kubectl('get', 'pods', '-l', selector, '-o', 'json')
    return (JSON.parse(found) as { items: Pod[] }).items.filter(({ metadata }) => !metadata?.deletionTimestamp)
  }
  const namesOf = async (selector: string) => (await living(selector)).map(({ metadata }) => metadata?.name ?? '')

  test('each Pod tells Prometheus of itself, at its port metrics', async () => {
    const told = async () => {
      const pods = await living('app.kubernetes.io/name=kubeopencode')
      const texts = await Promise.all(
        pods.map(async ({ metadata, spec }) => {
          const all = spec?.containers.flatMap(({ ports }) => ports ?? []) ?? []
          const port = all.find(({ name }) => name === 'metrics')?.containerPort
          const at = `${pathOf('Pod', SYSTEM_NAMESPACE, metadata?.name)}:${port}/proxy/metrics`
          return port === undefined ? '' : system.kubectl('get', '--raw', at).catch(sentenceOf)
        }),
      )
      const metrics = ['kubeopencode_bus_keys gauge', 'kubeopencode_server_requests_total counter']
      return metrics.map((metric) => texts.filter((text) => text.includes(`# TYPE ${metric}\n`)).length)
    }
    await expect.poll(told, { timeout: 120_000 }).toEqual([2, 1])
  })

  test('a drain takes one controller at a time', async () => {
    await available(2)
    const path = 'jsonpath={.status.currentHealthy}/{.status.disruptionsAllowed}'
    const budget = () => system.kubectl('get', 'poddisruptionbudget', CONTROLLER, '-o', path)
    await expect.poll(budget, { timeout: 120_000 }).toBe('2/1')
    await expect.poll(() => namesOf(controllerSelector), { timeout: 120_000 }).toHaveLength(2)
    const [first = '', second = ''] = await namesOf(controllerSelector)
    const send = sender(connect(await identify({ kubeconfig: access.kubeconfig }), 'kubeopencode-e2e'))
    const evict = async (name: string): Promise<string> => {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: SYSTEM_NAMESPACE } }
      const at = `${pathOf('Pod', SYSTEM_NAMESPACE, name)}/eviction`
      const answer = await send('POST', at, { body: eviction })
      return `${answer.status} ${await answer.text()}`
    }
    expect(await evict(first)).toMatch(/^201 /)
    expect(await evict(second)).toMatch(/^429 .*would violate the pod's disruption budget/)
    await system.kubectl('wait', `pod/${first}`, '--for=delete', '--timeout=300s')
    await available(2)
  })

  test('without it nothing is refused and what was made stays; an older one that is installed then goes on with it', async () => {
    await world.apply(task('before', { agentRef: { name: 'worker' }, description: '[[bash:true]]' }))
    await world.until('Task', 'before', hasEnded)
    await helm('uninstall', 'kubeopencode', ...settled)
    const pods = ['pod', '-l', 'app.kubernetes.io/component=controller']
    await system.kubectl('wait', ...pods, '--for=delete', '--timeout=300s')
    await world.apply(task('between', { agentRef: { name: 'worker' }, description: '[[bash:true]]' }))
    const worker = await world.until('Deployment', 'worker-server', (found) => found?.status?.availableReplicas === 1)
    expect(worker.spec?.replicas).toBe(1)
    expect((await world.get('Task', 'before'))?.status?.phase).toBe('Completed')
    expect((await world.get('Task', 'between'))?.status).toBeUndefined()

    await upgrade(chartBefore)
    expect((await world.until('Task', 'between', hasEnded)).status?.phase).toBe('Completed')
  })

  test('an upgrade and a rollback under load lose no Task, refuse none and run none twice', async () => {
    await available(1)
    const load = startLoad(1000)
    await expect.poll(load.made, { timeout: 300_000 }).toBeGreaterThan(0)
    const during = async (rollout: () => Promise<unknown>): Promise<number> => {
      const before = load.made()
      await rollout()
      return load.made() - before
    }
    expect(await during(() => upgrade(chart))).toBeGreaterThan(0)
    await available(2)
    expect(await during(() => helm('rollback', 'kubeopencode', '0', ...settled))).toBeGreaterThan(0)
    await available(1)
    await expect.poll(load.made, { timeout: 300_000 }).toBeGreaterThan(5)
    const { names, refusals } = await load.stop()

    expect(refusals).toEqual([])
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) {
      const { status } = await world.until('Task', name, hasEnded)
      expect(status?.phase, conditionOf(status?.conditions, 'Failed')?.message).toBe('Completed')
    }
    const pods = await podsEver(world)
    for (const name of names) expect([...(pods.get(`${name}-pod`) ?? [])], name).toHaveLength(1)
  })
})
