import type { Pod } from 'kubernetes-types/core/v1'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RetryableError } from '../../../shared/errors.ts'
import { api } from '../../../test/builders/api.ts'
import { eventsIn } from '../../../test/builders/events.ts'
import { heeding, spoken } from '../../../test/builders/streams.ts'
import { started, task, withCondition, withPhase } from '../../../test/builders/task.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, refused } from '../../../test/builders/upstream.ts'
import { placed } from './position.ts'

const tasks = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks'
const pods = '/api/v1/namespaces/default/pods'
const here = '/api/v1/namespaces/default/tasks/job/logs'
const second = (at: number, nano = 0) => `2026-06-01T12:00:0${at}.${String(nano).padStart(9, '0')}Z`

const pod = (states: Record<string, 'waiting' | 'running' | 'terminated'>): Pod => {
  const statuses = Object.entries(states).map(([name, state]) => ({ name, state: { [state]: {} } }))
  const names = Object.keys(states).map((name) => ({ name }))
  const owner = {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    name: 'job',
    uid: 'task-uid-1',
    controller: true,
  }
  return {
    metadata: { name: 'job-pod', namespace: 'default', resourceVersion: '1', ownerReferences: [owner] },
    spec: { initContainers: names.slice(0, -1), containers: names.slice(-1) },
    status: { initContainerStatuses: statuses.slice(0, -1), containerStatuses: statuses.slice(-1) },
  } as unknown as Pod
}

const listed = (object: object | undefined) =>
  json({ metadata: { resourceVersion: '1' }, items: object ? [object] : [] })

const lines: Record<string, string[]> = {
  'git-init-0': [`${second(1)} cloning`, `${second(1, 5)} cloned`],
  agent: [`${second(3)} one`, `${second(3)} two`, `${second(3)} three`, `${second(4)} four`],
}

/** As a kubelet: from a whole second on, and the last few. */
const kubelet = ({ path }: { path: string }): Response => {
  const query = new URL(path, 'http://a').searchParams
  const all = lines[query.get('container') ?? ''] ?? []
  const since = query.get('sinceTime')?.replace('Z', '') ?? ''
  const tail = query.get('tailLines')
  const found = all.filter((line) => line >= since)
  const asked = tail === null ? found : found.slice(found.length - Number(tail))
  return new Response(asked.map((line) => `${line}\n`).join(''))
}

const finished: Answers = {
  [`GET ${tasks}/job`]: () => json(task(withPhase('Completed'))),
  [`GET ${pods}/job-pod`]: () => json(pod({ 'git-init-0': 'terminated', agent: 'terminated' })),
  [`GET ${pods}/job-pod/log`]: kubelet,
}

const texts = async (response: Response): Promise<string[]> =>
  (await eventsIn(response).rest()).map(({ event, data }) =>
    event === 'log' ? [data['container'], data['line']].join(': ') : event,
  )

describe('the log of a Task that has ended', () => {
  test('is every container in the order in which they ran', async () => {
    const { call } = await api(finished)
    expect(await texts(await call('GET', here))).toEqual([
      'status',
      'git-init-0: cloning',
      'git-init-0: cloned',
      'agent: one',
      'agent: two',
      'agent: three',
      'agent: four',
      'complete',
    ])
  })

  test('goes on after the last line a client has seen, also within one moment', async () => {
    const { call } = await api(finished)
    const events = await eventsIn(await call('GET', here)).rest()
    const two = events.find(({ data }) => data['line'] === 'two')
    expect(two?.id).toBe(`agent/${second(3)}/2`)
    const again = await call('GET', here, { headers: { 'last-event-id': two?.id ?? '' } })
    expect(await texts(again)).toEqual(['status', 'agent: three', 'agent: four', 'complete'])
  })

  test('from each line on there are exactly those after it', async () => {
    const { call } = await api(finished)
    const all = (await eventsIn(await call('GET', here)).rest()).filter(({ event }) => event === 'log')
    for (const [index, { id }] of all.entries()) {
      const rest = await eventsIn(await call('GET', here, { headers: { 'last-event-id': id ?? '' } })).rest()
      expect(rest.filter(({ event }) => event === 'log')).toEqual(all.slice(index + 1))
    }
  })

  test('of one container, and its last lines', async () => {
    const { call } = await api(finished)
    expect(await texts(await call('GET', `${here}?container=agent&tailLines=1`))).toEqual([
      'status',
      'agent: four',
      'complete',
    ])
  })

  test('a container that is none is told, with those that are', async () => {
    const { call } = await api(finished)
    const events = await eventsIn(await call('GET', `${here}?container=other`)).rest()
    expect(events.at(-1)).toMatchObject({
      event: 'problem',
      data: { code: 400, message: 'the Pod has no container other; it has git-init-0, agent' },
    })
  })

  test.each(['nonsense', 'agent/yesterday/1', '../x/2026-06-01T12:00:03Z/1', `agent/${second(3)}/-1`])(
    'Last-Event-ID %s is a bad request',
    async (id) => {
      const { call } = await api(finished)
      expect((await call('GET', here, { headers: { 'last-event-id': id } })).status).toBe(400)
    },
  )

  test('says where to look when the Pod is gone', async () => {
    const { call } = await api({ [`GET ${tasks}/job`]: () => json(task(withPhase('Completed'))) })
    const events = await eventsIn(await call('GET', `${here}?follow=1`)).rest()
    expect(events).toMatchObject([
      { event: 'status', data: { phase: 'Completed' } },
      { event: 'complete', data: { note: expect.stringContaining('/tasks/job/session/messages') as unknown } },
    ])
  })

  test('a Pod of somebody else that has the name says nothing', async () => {
    const foreign = { ...pod({ agent: 'terminated' }), metadata: { name: 'job-pod' } }
    const { call } = await api({ ...finished, [`GET ${pods}/job-pod`]: () => json(foreign) })
    expect(await texts(await call('GET', here))).toEqual(['status', 'complete'])
  })

  test('why it failed is part of the status', async () => {
    const failed = task(withPhase('Failed'), withCondition('Failed', 'True', 'OOMKilled'))
    const { call } = await api({ ...finished, [`GET ${tasks}/job`]: () => json(failed) })
    const [status] = await eventsIn(await call('GET', here)).rest()
    expect(status?.data).toEqual({ phase: 'Failed', reason: 'OOMKilled', message: 'said before' })
  })

  test('that its agent waits for a person is part of the status', async () => {
    const asking = task(started(10), withCondition('ApprovalPending', 'True', 'PermissionAsked'))
    const { call } = await api({ ...finished, [`GET ${tasks}/job`]: () => json(asking) })
    const [status] = await eventsIn(await call('GET', here)).rest()
    expect(status?.data).toMatchObject({ phase: 'Running', reason: 'PermissionAsked', message: 'said before' })
  })

  test('whoever may not read logs is told which right is missing', async () => {
    const { call } = await api({
      ...finished,
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => json({ status: { allowed: false } }, 201),
    })
    const response = await call('GET', here)
    expect(await response.json()).toMatchObject({ code: 403, message: expect.stringContaining('pods/log') as unknown })
  })

  test('a refusal while reading is told as a problem', async () => {
    const { call } = await api({ ...finished, [`GET ${pods}/job-pod/log`]: () => refused(403, 'Forbidden', 'no logs') })
    const events = await eventsIn(await call('GET', here)).rest()
    expect(events.at(-1)).toMatchObject({ event: 'problem', data: { code: 403, message: 'no logs' } })
  })
})

describe('a log that cannot be read for a moment', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  /** Everything that comes, however long is waited for it. */
  const all = async (answers: Answers, path = here) => {
    const { call, asked } = await api({ ...finished, ...answers })
    const response = await call('GET', path)
    const done = new AbortController()
    const rest = eventsIn(response)
      .rest()
      .finally(() => done.abort())
    while (!done.signal.aborted) await vi.advanceTimersByTimeAsync(1_000)
    return { events: await rest, asked }
  }
  const log = `GET ${pods}/job-pod/log`
  const spokenBefore = (line: string, error: unknown): Response => {
    const parts = [new TextEncoder().encode(`${line}\n`)]
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          const part = parts.shift()
          if (part) controller.enqueue(part)
          else controller.error(error)
        },
      }),
    )
  }

  test.each([
    { name: '500 of the apiserver', answer: () => refused(500, 'InternalError', 'dial tcp: connection refused') },
    { name: '503', answer: () => refused(503, 'ServiceUnavailable', 'no kubelet') },
    { name: 'no answer', answer: () => Promise.reject(new RetryableError('the apiserver did not answer')) },
    { name: 'an answer that breaks off', answer: () => spokenBefore(`${second(3)} one`, new TypeError('terminated')) },
  ])('after $name goes on, is told of, and has each line once', async ({ answer }) => {
    let asks = 0
    const { events } = await all({
      [log]: (one) => (one.path.includes('container=agent') && ++asks <= 2 ? answer() : kubelet(one)),
    })
    expect(events.filter(({ event }) => event === 'interrupted')).toHaveLength(2)
    expect(events.filter(({ event }) => event === 'log').map(({ data }) => data['line'])).toEqual([
      'cloning',
      'cloned',
      'one',
      'two',
      'three',
      'four',
    ])
    expect(events.at(-1)?.event).toBe('complete')
  })

  test('and stays away is a problem to come back from, and never complete', async () => {
    const { events } = await all({ [log]: () => refused(502, 'BadGateway', 'no kubelet') })
    expect(events.map(({ event }) => event)).not.toContain('complete')
    expect(events.at(-1)).toMatchObject({
      event: 'problem',
      data: { code: 503, message: expect.stringMatching(/container git-init-0 cannot be read: no kubelet/) as unknown },
    })
  })

  test('and is gone for good is told at the end', async () => {
    const { events } = await all({ [log]: () => refused(404, 'NotFound', 'pods "job-pod" not found') })
    expect(events.at(-1)).toMatchObject({
      event: 'complete',
      data: { note: expect.stringContaining('container agent is lost: pods "job-pod" not found') as unknown },
    })
  })

  test('because the kubelet stops while the program runs, is gone on with', async () => {
    let asks = 0
    const { events } = await all(
      {
        [`GET ${pods}`]: ({ path }, { signal }) =>
          path.includes('watch=1') ? heeding(spoken(), signal) : listed(pod({ agent: 'running' })),
        [`GET ${pods}/job-pod`]: () => json(pod({ agent: asks < 2 ? 'running' : 'terminated' })),
        [log]: (one) => (++asks === 1 ? new Response(`${second(3)} one\n`) : kubelet(one)),
      },
      `${here}?follow=1`,
    )
    expect(events.filter(({ event }) => event === 'log').map(({ data }) => data['line'])).toEqual([
      'one',
      'two',
      'three',
      'four',
    ])
  })
})

test('a Task that runs is followed from its queue to its end', async () => {
  const taskWatch = spoken()
  const podWatches = [spoken(), spoken()]
  let watches = 0
  const log = spoken()
  const { call } = await api({
    [`GET ${tasks}/job`]: () => json(task(withPhase('Queued'))),
    [`GET ${tasks}`]: ({ path }, { signal }) =>
      path.includes('watch=1') ? heeding(taskWatch, signal) : listed(task(withPhase('Queued'))),
    [`GET ${pods}`]: ({ path }, { signal }) =>
      path.includes('watch=1') ? heeding(podWatches[watches++]!, signal) : listed(undefined),
    [`GET ${pods}/job-pod`]: () => json(pod({ agent: 'terminated' })),
    [`GET ${pods}/job-pod/log`]: (_, { signal }) => heeding(log, signal),
  })
  const events = eventsIn(await call('GET', `${here}?follow=1`))
  const change = (object: object) => JSON.stringify({ type: 'MODIFIED', object })
  expect(await events.next()).toMatchObject({ event: 'status', data: { phase: 'Queued' } })
  taskWatch.say(change(task(started(0))))
  expect(await events.next()).toMatchObject({ event: 'status', data: { phase: 'Running', podName: 'job-pod' } })
  podWatches[0]!.say(change(pod({ agent: 'waiting' })))
  podWatches[1]!.say(change(pod({ agent: 'running' })))
  log.say(`${second(3)} hello`)
  expect(await events.next()).toMatchObject({ event: 'log', data: { container: 'agent', line: 'hello' } })
  taskWatch.say(change(task(withPhase('Completed'))))
  expect(await events.next()).toMatchObject({ event: 'status', data: { phase: 'Completed' } })
  log.say(`${second(4)} bye`)
  log.end()
  expect(await events.next()).toMatchObject({ event: 'log', data: { line: 'bye' } })
  expect(await events.next()).toMatchObject({ event: 'complete', data: { phase: 'Completed' } })
  expect(await events.next()).toBeUndefined()
})

test('lines of a time without its nanoseconds are told apart too', async () => {
  const source = async function* () {
    yield '2026-06-01T12:00:03Z a'
    yield '2026-06-01T12:00:03.5Z b'
    yield 'no time at all'
    yield '2026-06-01T12:00:04Z '
  }
  const seen: string[] = []
  const after = { container: 'agent', time: '2026-06-01T12:00:03Z', count: 1 }
  for await (const { text } of placed(source(), 'agent', after)) seen.push(text)
  expect(seen).toEqual(['b', 'no time at all', ''])
})
