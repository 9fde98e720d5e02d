import { expect, test } from 'vitest'
import { api } from '../../test/builders/api.ts'
import { task } from '../../test/builders/task.ts'
import { json } from '../../test/builders/upstream.ts'

test('what the caller may do is asked of the apiserver, right by right', async () => {
  const { call } = await api({
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': ({ body }) => {
      const { resourceAttributes } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec
      const { verb, resource, namespace } = resourceAttributes
      return json({ status: { allowed: verb === 'list' && resource !== 'events' && namespace === 'team' } }, 201)
    },
  })
  const rights = (await (await call('GET', '/api/v1/namespaces/team/rights')).json()) as Record<string, string[]>
  expect(rights['allowed']).toEqual(['list tasks', 'list crontasks', 'list agents', 'list agenttemplates'])
  expect(rights['denied']).toEqual(expect.arrayContaining(['create tasks', 'create pods/exec', 'list events']))
})

test('what happened to an object comes with the newest first', async () => {
  const event = (reason: string, eventTime: string, more: object = {}) => ({
    type: 'Normal',
    reason,
    note: 'so',
    eventTime,
    ...more,
  })
  const { call, asked } = await api({
    'GET /apis/kubeopencode.io/v1alpha1/namespaces/team/tasks/job': () => json(task()),
    'GET /apis/events.k8s.io/v1/namespaces/team/events': () =>
      json({
        items: [
          event('Queued', '2026-06-01T12:00:00.000000Z', {
            series: { count: 3, lastObservedTime: '2026-06-01T12:00:09.000000Z' },
          }),
          event('PodCreated', '2026-06-01T12:00:05.000000Z'),
        ],
      }),
  })
  const response = await call('GET', '/api/v1/namespaces/team/tasks/job/events')
  expect(await response.json()).toEqual({
    items: [
      { type: 'Normal', reason: 'Queued', action: '', note: 'so', time: '2026-06-01T12:00:09.000000Z', count: 3 },
      { type: 'Normal', reason: 'PodCreated', action: '', note: 'so', time: '2026-06-01T12:00:05.000000Z', count: 1 },
    ],
  })
  // Not by name: a Task of the same name that was deleted before had a life of its own.
  expect(new URL(asked.at(-1)!.path, 'http://a').searchParams.get('fieldSelector')).toBe('regarding.uid=task-uid-1')
})
