import { createAdaptorServer } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { cloudEventOf } from './cloud-event.ts'
import { createHttpBus } from './http.ts'
import { createHttpSink } from './http-sink.ts'

const clock = { now: () => new Date('2026-05-01T09:00:00Z'), sleep: async () => {} }
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const hint = (name: string): Hint => ({
  key: { kind: 'Task', namespace: 'team', name },
  cause: { ref: { kind: 'Pod', namespace: 'team', name: `${name}-pod` }, operation: 'UPDATE', resourceVersion: '7' },
})
const event = (name: string) =>
  cloudEventOf(hint(name), { id: name, source: 'https://apiserver.example.com/', now: clock.now() })

let delivered: Hint[]
let failure: Error | undefined
let url: string
let close: () => Promise<void>

beforeEach(async () => {
  delivered = []
  failure = undefined
  const sink = createHttpSink({
    deliver: async (one) => {
      if (failure) throw failure
      delivered.push(one)
    },
    log: silent,
  })
  const server = createAdaptorServer({ fetch: sink.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  close = () => new Promise((resolve) => server.close(() => resolve()))
})
afterEach(() => close())

const bus = () => createHttpBus({ sink: url, source: 'https://apiserver.example.com/', fetch, clock })
const post = (body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', headers, body })
const structured = { 'content-type': 'application/cloudevents+json' }
const batched = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' }
const binary = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-type': 'io.kubeopencode.reconcile',
  'ce-source': 'https://apiserver.example.com/',
  'ce-id': 'one',
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`)

describe('the bus', () => {
  test('brings a hint to the sink as it was, one for later too', async () => {
    const later: Hint = { key: hint('a').key, afterSeconds: 5 }
    await bus().publish(hint('a'))
    await bus().publish(later)
    expect(delivered).toEqual([hint('a'), later])
  })

  test('says that a hint was not taken', async () => {
    failure = new RetryableError('busy')
    await expect(bus().publish(hint('a'))).rejects.toThrow(
      'the hint for Task/team/a was not sent: the sink answered 503',
    )
  })

  test('says that nobody is there', async () => {
    const away = createHttpBus({ sink: 'http://127.0.0.1:1/secret', source: 'x:', fetch, clock })
    const error: unknown = await away.publish(hint('a')).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(RetryableError)
    expect(String(error)).not.toContain('secret')
  })
})

describe('the sink', () => {
  test.each([
    { name: 'structured', body: JSON.stringify(event('a')), headers: structured, want: [hint('a')] },
    { name: 'binary', body: JSON.stringify(hint('a')), headers: binary, want: [hint('a')] },
    { name: 'batched', body: JSON.stringify(['a', 'b'].map(event)), headers: batched, want: ['a', 'b'].map(hint) },
    {
      name: 'a full batch',
      body: JSON.stringify(names(100).map(event)),
      headers: batched,
      want: names(100).map(hint),
    },
    { name: 'an empty batch', body: '[]', headers: batched, want: [] },
  ])('takes $name', async ({ body, headers, want }) => {
    expect((await post(body, headers)).status).toBe(204)
    expect(delivered).toEqual(want)
  })

  test.each([
    { name: 'truncated', body: JSON.stringify(event('a')).slice(0, 50), headers: structured, status: 400 },
    {
      name: 'of another type',
      body: JSON.stringify({ ...event('a'), type: 'com.example' }),
      headers: structured,
      status: 400,
    },
    { name: 'of another kind', body: '{"key":{"kind":"Secret","name":"x"}}', headers: binary, status: 400 },
    {
      name: 'of another version',
      body: JSON.stringify(hint('a')),
      headers: { ...binary, 'ce-specversion': '0.3' },
      status: 400,
    },
    { name: 'in bad company', body: JSON.stringify([event('a'), {}]), headers: batched, status: 400 },
    { name: 'no list', body: '{}', headers: batched, status: 400 },
    { name: 'no event', body: '{}', headers: { 'content-type': 'application/json' }, status: 415 },
    { name: 'a form', body: 'a=b', headers: { 'content-type': 'text/plain' }, status: 415 },
    { name: 'a batch of too many', body: JSON.stringify(names(101).map(event)), headers: batched, status: 413 },
    { name: 'huge', body: ' '.repeat(1024 * 1024 + 1), headers: structured, status: 413 },
  ])('refuses for good what is $name', async ({ body, headers, status }) => {
    expect((await post(body, headers)).status).toBe(status)
    expect(delivered).toEqual([])
  })

  test.each([
    { name: 'a conflict', error: new RetryableError('busy'), status: 503, after: null },
    { name: 'a busy apiserver', error: new RetryableError('busy', { retryAfterSeconds: 3 }), status: 503, after: '3' },
    { name: 'a refusal', error: new TerminalError('Forbidden', 'may not: token'), status: 500, after: null },
    { name: 'a bug', error: new Error('token'), status: 500, after: null },
  ])('asks for it again after $name, and tells nothing', async ({ error, status, after }) => {
    failure = error
    const response = await post(JSON.stringify(event('a')), structured)
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([status, after, ''])
  })

  test('says what is wrong with what was sent', async () => {
    const response = await post(JSON.stringify(names(101).map(event)), batched)
    expect(await response.text()).toBe('a batch has at most 100 events, and this one 101')
  })

  test('has no other method and no other path', async () => {
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(`${url}other`, { method: 'POST' })).status).toBe(404)
  })
})
