import { createApp } from '../../../webhooks/app.ts'
import { agentSpec, review, stored } from '../../../webhooks/samples/reviews.ts'
import { hooks } from '../../../webhooks/table.ts'
import type { Result } from '../row.ts'
import { latencyRows } from './latency.ts'

const task = stored('Task', 'x', {
  agentRef: { name: 'a' },
  description: 'repair the tests',
  contexts: [{ text: 'x' }],
})
const agent = stored('Agent', 'x', {
  ...agentSpec,
  config: { model: 'mock/mock-1', provider: { mock: { options: { baseURL: 'http://model/v1' } } } },
  contexts: [{ git: { repository: 'https://git.example.com/r' }, mountPath: 'code' }],
  credentials: [{ name: 'c', secretRef: { name: 's', key: 'k' }, env: 'TOKEN' }],
})

/** What the apiserver sends for one create of each kind: once to default it, once to judge it. */
const reviews = (
  [
    ['Task', 'tasks', task],
    ['Agent', 'agents', agent],
  ] as const
).flatMap(([kind, plural, object]) =>
  ['mutate', 'validate'].map((door) => ({
    path: `/${door}/${plural}`,
    body: JSON.stringify(review(kind, { object })),
  })),
)

const quiet = (): void => {}

/** M11, the part in process: a review from its body to the body of its answer, one after another, no network. */
export const measureReviews = async (count: number): Promise<Result> => {
  const app = createApp(hooks, {
    bus: { publish: async () => {} },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  })
  const headers = { 'content-type': 'application/json' }
  const once = async ({ path, body }: (typeof reviews)[number]): Promise<void> => {
    const response = await app.request(path, { method: 'POST', headers, body })
    const text = await response.text()
    if (response.status !== 200 || !text.includes('"allowed":true'))
      throw new Error(`${path} answered ${response.status} ${text.slice(0, 200)}`)
  }
  const each = async (rounds: number, done: (milliseconds: number) => void): Promise<void> => {
    for (let round = 0; round < rounds; round++)
      for (const one of reviews) {
        const begun = performance.now()
        await once(one)
        done(performance.now() - begun)
      }
  }
  await each(Math.ceil(count / 4), quiet)
  const times: number[] = []
  const begun = performance.now()
  await each(Math.ceil(count / reviews.length), (time) => times.push(time))
  const value = (times.length / (performance.now() - begun)) * 1000
  return {
    rows: [
      { id: 'M11', what: 'reviews in process', unit: '/s', value, goal: { atLeast: 10_000 } },
      ...latencyRows('M11', 'one review in process', times, { 99: { atMost: 1 } }),
    ],
  }
}
