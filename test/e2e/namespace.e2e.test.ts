import { beforeAll, expect, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import { agent, hasEnded, openWorld, task } from './world.ts'

const world = await openWorld('e2e-bounds')
const leaving = await openWorld('e2e-leaving')
const system = await openWorld('kubeopencode-system')

beforeAll(async () => {
  for (const { namespace } of [world, leaving])
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
})

const readiness = (found: Parameters<typeof hasEnded>[0] | object | undefined): string =>
  conditionOf((found as { status?: { conditions?: [] } } | undefined)?.status?.conditions, 'Ready')?.message ?? ''

test('what a LimitRange refuses is said with the remedy, on Agent and Task, and the remedy works', async () => {
  const limits = [{ type: 'Container', max: { memory: '64Mi' } }]
  await world.apply({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'small' }, spec: { limits } })
  await world.apply(agent('bounded'))
  const refused = await world.until('Agent', 'bounded', (found) => readiness(found).includes('LimitRange'))
  const says = readiness(refused)
  expect(says).toMatch(
    /maximum memory usage per Container is 64Mi.*; a LimitRange of namespace e2e-bounds sets that bound/,
  )
  const [, restart = ''] = /kubectl (rollout restart .*)$/.exec(says) ?? []

  await world.kubectl('delete', 'limitrange', 'small')
  await world.kubectl(...restart.split(' '))
  await world.until('Agent', 'bounded', (found) => found?.status?.ready === true)

  await world.apply({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'small' }, spec: { limits } })
  await world.apply(task('too-big', { agentRef: { name: 'bounded' }, description: 'hi' }))
  const failed = await world.until('Task', 'too-big', hasEnded)
  expect(conditionOf(failed.status?.conditions, 'Failed')).toMatchObject({
    reason: 'PodCreationError',
    message: expect.stringMatching(/a LimitRange of namespace e2e-bounds sets that bound/),
  })
})

test('a namespace is deleted while a Task is at work in it: all goes, and the controllers do not fight it', async () => {
  await leaving.apply(agent('gone'))
  await leaving.until('Agent', 'gone', (found) => found?.status?.ready === true)
  await leaving.apply(task('at-work', { agentRef: { name: 'gone' }, description: '[[slow:600]]' }))
  await leaving.until('Pod', 'at-work-pod', (pod) => pod?.status?.phase === 'Running')

  await world.kubectl('delete', 'namespace', leaving.namespace, '--timeout=600s')
  const log = await system.kubectl('logs', '-l', 'app.kubernetes.io/component=controller', '--tail=-1')
  const complaints = log.split('\n').filter((line) => line.includes(leaving.namespace) && /refused|written/.test(line))
  expect(complaints).toEqual([])
})
