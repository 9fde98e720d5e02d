import { describe, expect, test } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import { cronTask } from '../../../test/builders/cron-task.ts'
import { heeding, spoken } from '../../../test/builders/streams.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json } from '../../../test/builders/upstream.ts'

const group = '/apis/kubeopencode.io/v1alpha1/namespaces/default'
const here = '/api/v1/namespaces/default/crontasks/nightly'
const trigger = 'kubeopencode.io/trigger'

const version = (annotation: string | undefined, status: object = {}) => {
  const one = cronTask()
  return {
    ...one,
    metadata: { ...one.metadata, annotations: annotation === undefined ? {} : { [trigger]: annotation } },
    status: { ...one.status, ...status },
  }
}

/** A CronTask that becomes each of `next` after it was triggered, or is deleted. */
const served = (next: readonly object[], before: object = version('true')): Answers => {
  const voice = spoken()
  for (const object of next) voice.say(JSON.stringify({ type: 'MODIFIED', object }))
  if (next.length === 0) voice.say(JSON.stringify({ type: 'DELETED', object: before }))
  return {
    [`PATCH ${group}/crontasks/nightly`]: () => json(before),
    [`GET ${group}/crontasks`]: ({ path }, { signal }) =>
      path.includes('watch=1') ? heeding(voice, signal) : json({ metadata: { resourceVersion: '1' }, items: [before] }),
  }
}

describe('a trigger', () => {
  const made = version(undefined, { lastTriggerTime: '2026-06-01T12:00:01Z' })

  test('answers with the name when the Task is made', async () => {
    const { call, asked } = await api(served([made]))
    const response = await call('POST', `${here}/trigger`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ task: 'nightly-1780315201' })
    expect(asked[0]).toMatchObject({ body: { metadata: { annotations: { [trigger]: 'true' } } } })
  })

  test('takes neither the run before nor a name that is only chosen for a Task', async () => {
    const before = { lastTriggerTime: '2026-06-01T11:00:01Z' }
    const { call } = await api(served([version('1780315209', before), made], version('true', before)))
    expect(await (await call('POST', `${here}/trigger`)).json()).toMatchObject({ task: 'nightly-1780315201' })
  })

  test('that cannot be served is a conflict, in the words of the condition', async () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'TaskCreationFailed', message: 'that name is taken' }]
    const { call } = await api(served([version(undefined, { conditions })]))
    const response = await call('POST', `${here}/trigger`)
    expect(await response.json()).toEqual({ error: 'Conflict', message: 'that name is taken', code: 409 })
  })

  test('of a CronTask that is deleted meanwhile is not found', async () => {
    const { call } = await api(served([]))
    expect((await call('POST', `${here}/trigger`)).status).toBe(404)
  })
})

test('history selects by the label of its Tasks, beside what else is selected', async () => {
  const { call, asked } = await api({ [`GET ${group}/tasks`]: () => json({ metadata: {}, items: [] }) })
  await call('GET', `${here}/history?labelSelector=a%3Db&phase=Failed`)
  expect(Object.fromEntries(new URL(asked[0]!.path, 'http://a').searchParams)).toMatchObject({
    labelSelector: 'kubeopencode.io/crontask=nightly,a=b',
    fieldSelector: 'status.phase=Failed',
  })
})
