/** `npm run bench:webhooks`: a review over HTTP at the public address of each cloud's handlers, 1, 10 and 50 in flight. */
import { parseArgs } from 'node:util'
import { taskReview } from '../builders/task-review.ts'
import type { PublicTarget } from '../runtimes/public.ts'
import { playApiserver, startPublicLambda, startPublicWorker } from '../runtimes/public.ts'
import { load } from './machine.ts'
import { percentile } from './numbers.ts'
import { inFlight } from './pace.ts'

const { values } = parseArgs({ options: { count: { type: 'string', default: '1000' } } })
const count = Number(values.count)
if (!Number.isInteger(count) || count < 1) {
  console.error(`--count is "${values.count}"; it must be a whole number, 1 or more`)
  process.exit(2)
}

const review = taskReview()
const headers = { 'content-type': 'application/json' }

const timed = async ({ url, secret }: PublicTarget, width: number): Promise<number[]> => {
  const times: number[] = []
  await inFlight(count, width, async () => {
    const begun = performance.now()
    const response = await fetch(`${url}${secret}/validate/tasks`, { method: 'POST', headers, body: review })
    const text = await response.text()
    if (!text.includes('"allowed":true')) throw new Error(`answered ${response.status} ${text.slice(0, 200)}`)
    times.push(performance.now() - begun)
  })
  return times
}

const targets = { 'lambda, in this process': startPublicLambda, 'worker, in workerd': startPublicWorker }
const rows: Record<string, string | number>[] = []
for (const [target, start] of Object.entries(targets)) {
  const apiserver = await playApiserver()
  const served = await start(apiserver.url)
  await timed(served, 10)
  for (const width of [1, 10, 50]) {
    const begun = performance.now()
    const times = await timed(served, width)
    const perSecond = Math.round((count * 1000) / (performance.now() - begun))
    const [p50, p99] = [50, 99].map((percent) => percentile(times, percent).toFixed(1))
    rows.push({ target, 'in flight': width, 'p50 ms': p50 ?? '', 'p99 ms': p99 ?? '', 'reviews/s': perSecond })
  }
  await served.close()
  await apiserver.close()
}
console.table(rows)
console.log(`load ${load()}`)
