import { describe, expect, test, vi } from 'vitest'
import { RetryableError } from '../../shared/errors.ts'
import { asCaller } from './as-caller.ts'
import type { Connection } from './rest.ts'

const over = (fetch: Connection['fetch'], budgetMs?: number) =>
  asCaller({ server: 'https://api', fetch, manager: 'kubeopencode-api' }, budgetMs)

/** Keeps what it was asked, and answers with `response`. */
const kept = (response = () => new Response('{}')) => {
  const asked: { url: string; init: RequestInit }[] = []
  const apiserverOf = over(async (url, init) => {
    asked.push({ url, init })
    return response()
  })
  return { asked, apiserverOf }
}

describe('the apiserver as a caller reaches it', () => {
  test('hears the token of the caller, also where a header would say another', async () => {
    const { asked, apiserverOf } = kept()
    await apiserverOf({ kind: 'token', token: 'ada' })({ path: '/api', headers: { authorization: 'Bearer eve' } })
    expect(asked[0]?.init.headers).toEqual({
      accept: 'application/json',
      'user-agent': 'kubeopencode-api',
      authorization: 'Bearer ada',
    })
  })

  test.each([undefined, { kind: 'local' }] as const)('hears no token of %o', async (caller) => {
    const { asked, apiserverOf } = kept()
    await apiserverOf(caller)({ path: '/readyz' })
    expect(Object.keys(asked[0]?.init.headers ?? {})).not.toContain('authorization')
  })

  test('gets an object as JSON and bytes as they are', async () => {
    const { asked, apiserverOf } = kept()
    const ask = apiserverOf(undefined)
    const bytes = new Uint8Array([1, 2])
    await ask({ method: 'POST', path: '/a', body: { a: 1 } })
    await ask({ method: 'POST', path: '/b', body: bytes, headers: { 'content-type': 'x/y' } })
    expect(asked.map(({ init }) => init.body)).toEqual(['{"a":1}', bytes])
    expect(asked.map(({ init }) => (init.headers as Record<string, string>)['content-type'])).toEqual([
      'application/json',
      'x/y',
    ])
  })

  test('takes no token to where a redirect points', async () => {
    const { asked, apiserverOf } = kept()
    await apiserverOf({ kind: 'token', token: 'ada' })({ path: '/a' })
    expect(asked[0]?.init.redirect).toBe('manual')
  })
})

/** Answers after `ms`, and then says a word every `ms` until the signal. */
const slow =
  (ms: number): Connection['fetch'] =>
  (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
      setTimeout(() => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            const timer = setInterval(() => controller.enqueue(new Uint8Array([65])), ms)
            signal?.addEventListener('abort', () => {
              clearInterval(timer)
              controller.error(signal.reason)
            })
          },
        })
        resolve(new Response(body))
      }, ms)
    })

describe('time', () => {
  test('an answer that does not begin is no answer', async () => {
    await expect(over(slow(1_000), 20)(undefined)({ path: '/a' })).rejects.toThrow(
      'the apiserver did not answer: 20 ms have passed',
    )
    await expect(over(slow(1_000), 20)(undefined)({ path: '/a', isStream: true })).rejects.toThrow('20 ms have passed')
  })

  test('one that does not end is cut, unless it is a stream', async () => {
    const whole = await over(slow(10), 50)(undefined)({ path: '/a' })
    await expect(whole.text()).rejects.toThrow(
      new RetryableError('the apiserver did not finish its answer: 50 ms have passed'),
    )
    const leaving = new AbortController()
    const stream = await over(slow(10), 50)(undefined)({ path: '/a', isStream: true, signal: leaving.signal })
    const reader = stream.body!.getReader()
    for (let word = 0; word < 10; word += 1) expect((await reader.read()).done).toBe(false)
    leaving.abort(new Error('left'))
    await expect(reader.read()).rejects.toThrow('the apiserver did not finish its answer')
  })

  test('one that was read, or is not wanted, is waited for no longer', async () => {
    vi.useFakeTimers()
    try {
      const { apiserverOf } = kept()
      const ask = apiserverOf(undefined)
      const read = await ask({ path: '/a' })
      expect(vi.getTimerCount()).toBe(1)
      await read.text()
      expect(vi.getTimerCount()).toBe(0)
      await (await ask({ path: '/a' })).body?.cancel()
      expect(vi.getTimerCount()).toBe(0)
      await kept(() => new Response(null, { status: 204 })).apiserverOf(undefined)({ path: '/a' })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('one that breaks off is an answer that did not end', async () => {
    const breaking = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError('terminated')),
    })
    const { apiserverOf } = kept(() => new Response(breaking))
    await expect((await apiserverOf(undefined)({ path: '/a' })).json()).rejects.toThrow(RetryableError)
  })

  test('why there was none is a code and nothing that was sent', async () => {
    const refused: Connection['fetch'] = async () => {
      throw new TypeError('bad header Bearer ada', {
        cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      })
    }
    const error = await over(refused)({ kind: 'token', token: 'ada' })({ path: '/a' }).catch((one: unknown) => one)
    expect((error as Error).message).toBe('the apiserver did not answer: ECONNREFUSED')
  })
})
