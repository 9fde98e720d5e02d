import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiWorld } from '../../test/apiserver/api-world.ts'
import { apiWorld } from '../../test/apiserver/api-world.ts'
import type { Kubelet } from '../../test/apiserver/kubelet.ts'
import { startKubelet } from '../../test/apiserver/kubelet.ts'
import type { SeenEvent } from '../../test/builders/events.ts'
import { pathOf } from '../../shared/kubernetes.ts'

let world: ApiWorld
let kubelet: Kubelet
let viewer: ReturnType<ApiWorld['as']>

const merge = 'application/merge-patch+json'
const time = (second: number, nano = 0) =>
  `2026-06-01T12:00:${String(second).padStart(2, '0')}.${String(nano).padStart(9, '0')}Z`

beforeAll(async () => {
  world = await apiWorld('api-logs')
  kubelet = await startKubelet(world.dir, world.send)
  viewer = world.as(await world.person('viewer', 'kubeopencode-viewer'))
})
afterAll(async () => {
  await kubelet?.close()
  await world?.close()
})

const states = (init: object, main: object) => ({
  status: {
    phase: 'terminated' in main ? 'Succeeded' : 'Pending',
    initContainerStatuses: [
      { name: 'git-init-0', image: 'a', imageID: 'a', ready: false, restartCount: 0, state: init },
    ],
    containerStatuses: [{ name: 'agent', image: 'a', imageID: 'a', ready: false, restartCount: 0, state: main }],
  },
})
const waiting = { waiting: { reason: 'PodInitializing' } }
const running = { running: { startedAt: '2026-06-01T12:00:00Z' } }
const done = { terminated: { exitCode: 0 } }

/** A Task whose Pod stands on the node that the test plays. */
const startTask = async (name: string): Promise<void> => {
  const made = await world.send('POST', pathOf('Task', 'team'), {
    body: {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'Task',
      metadata: { name },
      spec: { description: 'x', agentRef: { name: 'nobody-yet' } },
    },
  })
  const { metadata } = (await made.json()) as { metadata: { uid: string } }
  const pod = await world.send('POST', pathOf('Pod', 'team'), {
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${name}-pod`,
        ownerReferences: [
          { apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task', name, uid: metadata.uid, controller: true },
        ],
      },
      spec: {
        nodeName: kubelet.node,
        automountServiceAccountToken: false,
        initContainers: [{ name: 'git-init-0', image: 'a' }],
        containers: [{ name: 'agent', image: 'a' }],
      },
    },
  })
  if (!pod.ok) throw new Error(`no Pod: ${await pod.text()}`)
}

const say = async (name: string, body: object): Promise<void> => {
  const response = await world.send('PATCH', `${pathOf('Pod', 'team', `${name}-pod`)}/status`, {
    body,
    contentType: merge,
  })
  if (!response.ok) throw new Error(`no status: ${await response.text()}`)
}

const isLog = ({ event }: SeenEvent): boolean => event === 'log'
const line = ({ data }: SeenEvent): string => [data['container'], data['line']].join(': ')

test('logs go through every container as it starts, and on from where a client left', async () => {
  await startTask('speaks')
  await say('speaks', states(running, waiting))
  const path = '/api/v1/namespaces/team/tasks/speaks/logs?follow=1'
  const first = await viewer.events(path)
  expect((await first.next())?.event).toBe('status')
  kubelet.say('speaks-pod', 'git-init-0', `${time(1)} cloning`, `${time(1)} cloned`)
  expect(line(await first.until(isLog))).toBe('git-init-0: cloning')
  const cloned = await first.until(isLog)
  expect(line(cloned)).toBe('git-init-0: cloned')
  kubelet.end('speaks-pod', 'git-init-0')
  await say('speaks', states(done, running))
  kubelet.say('speaks-pod', 'agent', `${time(2, 1)} one`, `${time(2, 1)} two`)
  expect(line(await first.until(isLog))).toBe('agent: one')
  await first.close()

  const again = await viewer.events(path, { 'last-event-id': cloned.id ?? '' })
  expect(line(await again.until(isLog))).toBe('agent: one')
  const two = await again.until(isLog)
  expect(line(two)).toBe('agent: two')
  const started = performance.now()
  kubelet.say('speaks-pod', 'agent', `${time(3)} three`)
  expect(line(await again.until(isLog))).toBe('agent: three')
  // As it is written, and not with the next beat of the stream, which comes after 15 s.
  expect(performance.now() - started).toBeLessThan(10_000)
  await again.close()

  const last = await viewer.events(path, { 'last-event-id': two.id ?? '' })
  expect(line(await last.until(isLog))).toBe('agent: three')
  kubelet.end('speaks-pod', 'agent')
  await say('speaks', states(done, done))
  await world.send('PATCH', `${pathOf('Task', 'team', 'speaks')}/status`, {
    body: { status: { phase: 'Completed' } },
    contentType: merge,
  })
  const end = await last.until(({ event }) => event === 'complete')
  expect(['Completed', 'Failed']).toContain(end.data['phase'])
  expect(await last.next()).toBeUndefined()
})

test('without follow there is what there is, and the last lines of it', async () => {
  const path = '/api/v1/namespaces/team/tasks/speaks/logs'
  const all = (await (await viewer.events(path)).rest()).filter(isLog)
  expect(all.map(line)).toEqual([
    'git-init-0: cloning',
    'git-init-0: cloned',
    'agent: one',
    'agent: two',
    'agent: three',
  ])
  const some = (await (await viewer.events(`${path}?container=agent&tailLines=2`)).rest()).filter(isLog)
  expect(some.map(line)).toEqual(['agent: two', 'agent: three'])
})

test('a Task that never had a Pod, or has none any more, is told so', async () => {
  await world.send('DELETE', `${pathOf('Pod', 'team', 'speaks-pod')}?gracePeriodSeconds=0`)
  const events = await (await viewer.events('/api/v1/namespaces/team/tasks/speaks/logs?follow=1')).rest()
  expect(events.at(-1)).toMatchObject({
    event: 'complete',
    data: { note: expect.stringContaining('/tasks/speaks/session/messages') as unknown },
  })
  expect((await viewer.get('/api/v1/namespaces/team/tasks/nobody/logs')).status).toBe(404)
})
