import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import { install } from './install.ts'
import { podsEver } from './pods.ts'
import { agent, hasEnded, openWorld, task } from './world.ts'

const world = await openWorld('e2e-resilience')
const system = await openWorld('kubeopencode-system')

beforeAll(async () => {
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } })
  await world.apply(agent('crowd', { maxConcurrentTasks: 4 }))
  await world.until('Agent', 'crowd', (found) => found?.status?.ready === true)
})

/** Ends the processes of all controllers at once, as a node that loses power does; the kubelet starts others. */
const killControllers = (): Promise<string> =>
  system.kubectl('delete', 'pod', '-l', 'app.kubernetes.io/component=controller', '--force', '--grace-period=0')

test('20 Tasks, and the functions are killed again and again: none is lost, none runs twice', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `crowd-${index}`)
  await world.apply(...names.map((name) => task(name, { agentRef: { name: 'crowd' }, description: '[[slow:2]]' })))
  const tasks = async () => (await world.cluster.list('Task', { namespace: world.namespace })).items
  let kills = 0
  const deadline = Date.now() + 720_000
  for (;;) {
    const left = (await tasks()).filter((one) => !hasEnded(one)).map(({ metadata }) => metadata.name)
    if (left.length === 0) break
    if (Date.now() > deadline) throw new Error(`these Tasks have not ended: ${left.join(', ')}`)
    if (kills < 6) {
      kills += 1
      await killControllers()
    }
    await sleep(2000 + Math.random() * 5000)
  }
  expect(kills).toBeGreaterThanOrEqual(3)
  const failures = (await tasks()).flatMap(({ status }) => conditionOf(status?.conditions, 'Failed')?.message ?? [])
  expect(failures).toEqual([])
  const pods = await podsEver(world)
  for (const name of names) expect([...(pods.get(`${name}-pod`) ?? [])], name).toHaveLength(1)
})

test('without webhooks and without the functions nothing is lost: installing again heals', async () => {
  await system.kubectl(
    'delete',
    'mutatingwebhookconfiguration/kubeopencode-mutating',
    'validatingwebhookconfiguration/kubeopencode-validating',
    'deployment/kubeopencode-controller',
    '--cascade=foreground',
  )
  await world.apply(task('orphaned', { agentRef: { name: 'crowd' }, description: 'hi' }))
  await sleep(2000)
  expect((await world.get('Task', 'orphaned'))?.status).toBeUndefined()

  await install({ kubeconfig: inject('kubeconfig'), kubectl: inject('kubectl'), helm: inject('helm') })
  const healed = await world.until('Task', 'orphaned', hasEnded)
  expect(healed.status?.phase).toBe('Completed')
  // The event path works again, not only the sweep: a new Task does not wait for one.
  await world.apply(task('after', { agentRef: { name: 'crowd' }, description: 'hi' }))
  expect((await world.until('Task', 'after', hasEnded, 150)).status?.phase).toBe('Completed')
})
