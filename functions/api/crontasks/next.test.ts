import { expect, test } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import { cronTask } from '../../../test/builders/cron-task.ts'
import { json } from '../../../test/builders/upstream.ts'

const here = '/api/v1/namespaces/default/crontasks/nightly/next'
const asked = async (spec: object, query = '') => {
  const one = cronTask()
  const { call } = await api({
    'GET /apis/kubeopencode.io/v1alpha1/namespaces/default/crontasks/nightly': () =>
      json({ ...one, spec: { ...one.spec, ...spec } }),
  })
  return call('GET', here + query)
}

test('the next times are reckoned in the zone of the schedule', async () => {
  const response = await asked({ schedule: '0 3 * * 1-5', timeZone: 'Europe/Berlin' }, '?count=3')
  // From Monday 1 June 2026, 12:00 UTC.
  expect(await response.json()).toEqual({
    timeZone: 'Europe/Berlin',
    times: ['2026-06-02T01:00:00.000Z', '2026-06-03T01:00:00.000Z', '2026-06-04T01:00:00.000Z'],
  })
})

test('there are five where no number is asked for, and never more than fifty', async () => {
  expect(await (await asked({ schedule: '* * * * *' })).json()).toMatchObject({ times: { length: 5 } })
  expect((await asked({ schedule: '* * * * *' }, '?count=51')).status).toBe(400)
})

test('a schedule that was stored and never fires says what is wrong with it', async () => {
  const response = await asked({ schedule: '0 0 30 2 *' })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ causes: [{ field: 'spec.schedule' }] })
})

test('a schedule that is being written has its times too, or says what is wrong with it', async () => {
  const { call } = await api({})
  const asked = (query: Record<string, string>) => call('GET', `/api/v1/schedule?${new URLSearchParams(query)}`)
  const response = await asked({ schedule: '0 3 * * 1-5', timeZone: 'Europe/Berlin', count: '1' })
  expect(await response.json()).toEqual({ timeZone: 'Europe/Berlin', times: ['2026-06-02T01:00:00.000Z'] })
  const wrong = await asked({ schedule: 'often' })
  expect(wrong.status).toBe(422)
  expect(await wrong.json()).toMatchObject({ causes: [{ field: 'schedule' }] })
  expect(await (await asked({ schedule: '0 3 * * *', timeZone: 'Mars/Base' })).json()).toMatchObject({
    causes: [{ field: 'timeZone' }],
  })
})
