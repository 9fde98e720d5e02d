import type { Context } from 'hono'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { sentenceOf } from '../shared/errors.ts'
import type { Deps, Judged } from './judge.ts'
import { judge } from './judge.ts'
import { createMemory } from './memory.ts'
import type { AdmissionRequest, Verdict } from './review.ts'
import { AdmissionReview, answer } from './review.ts'
import { reviewSpan } from './spans.ts'
import type { Hook } from './table.ts'

/** An object has at most 3 MiB in a request to the apiserver, and an update brings two of them. */
const largestBody = 7 * 1024 * 1024

/** The apiserver has a body ready when it calls; who takes longer is not the apiserver. */
const bodyBudgetMs = 3_000

const readLimited = async (c: Context): Promise<string> => {
  const tooLarge = () => new HTTPException(413, { message: `a review has at most ${largestBody} bytes` })
  const length = c.req.header('content-length')
  if (length !== undefined && c.req.header('transfer-encoding') === undefined) {
    if (!(Number(length) <= largestBody)) throw tooLarge()
    return c.req.text()
  }
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size > largestBody) throw tooLarge()
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

const readBody = async (c: Context): Promise<string> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new HTTPException(408, { message: 'the body did not arrive in time' })),
      bodyBudgetMs,
    )
  })
  const text = readLimited(c)
  text.catch(() => {}) // whoever lost the race has nobody left to tell
  return Promise.race([text, late]).finally(() => clearTimeout(timer))
}

const noReview = (why: string) =>
  new HTTPException(400, { message: `no AdmissionReview of admission.k8s.io/v1: ${why}` })

const parseReview = (text: string) => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw noReview('the body is no JSON')
  }
  const review = AdmissionReview.safeParse(body)
  if (review.success) return review.data.request
  throw noReview(review.error.issues.map(({ path }) => path.join('.') || 'the body').join(', '))
}

/** The same as `judge`, and tells how it went and how long it took. */
const judgeTimed = async (hook: Hook, request: AdmissionRequest, deps: Deps): Promise<Verdict> => {
  const { tracing } = deps
  const started = performance.now()
  const start = tracing?.clock.now()
  let verdict: Verdict | undefined
  let outcome: Judged['outcome'] = 'failed'
  try {
    verdict = await judge(hook, request, deps)
    outcome = (verdict.faults ?? []).length > 0 ? 'refused' : 'allowed'
    return verdict
  } finally {
    const seconds = (performance.now() - started) / 1000
    deps.onJudged?.({ hook: hook.path, operation: request.operation, outcome, seconds })
    const span = tracing && start && reviewSpan(hook, request, { verdict, start, end: tracing.clock.now() })
    if (span) tracing?.traces.take(span)
  }
}

/** The only file that knows HTTP. 200 carries a verdict, 4xx says that there was nothing to judge, 500 is a bug of ours. */
export const createApp = (hooks: readonly Hook[], given: Deps): Hono => {
  const deps: Deps = { memory: createMemory(), ...given }
  const app = new Hono()
  for (const hook of hooks)
    app.post(hook.path, async (c) => {
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
        throw new HTTPException(415, { message: 'send application/json' })
      const request = parseReview(await readBody(c))
      return c.json(answer(request, await judgeTimed(hook, request, deps)))
    })
  app.notFound((c) => c.text('no such hook', 404))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(error.message, error.status)
    deps.log.error('a hook failed', { path: c.req.path, error: sentenceOf(error) })
    return c.text('the hook failed; its log says more', 500)
  })
  return app
}
