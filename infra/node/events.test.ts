import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hint } from '../../shared/hint.ts'
import type { CloudEvent } from '../bus/cloud-event.ts'
import { createBrokerBus, readEventsTo, serveEvents } from './events.ts'
import type { Listening } from './listen.ts'

const hint: Hint = { key: { kind: 'Task', namespace: 'team', name: 'fix' } }

let looked: Hint[]
let lines: string[]
let isTaken: boolean
let served: Listening
let broker: ReturnType<typeof createServer>
let publish: (hint: Hint) => Promise<void>

/** As Knative's do: what came in structured mode is delivered in binary mode, to whoever subscribed. */
const deliver = async (request: IncomingMessage): Promise<number> => {
  const { data, ...attributes } = JSON.parse(await text(request)) as CloudEvent
  const { specversion, type, source, id } = attributes
  const headers = { 'ce-specversion': specversion, 'ce-type': type, 'ce-source': source, 'ce-id': id }
  const { status } = await fetch(`http://127.0.0.1:${served.port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(data),
  })
  return status
}

beforeEach(async () => {
  looked = []
  lines = []
  isTaken = true
  const say = (line: string) => void lines.push(line)
  const log = { debug: () => {}, info: say, warn: say, error: say }
  const own = { publish: async (one: Hint) => void looked.push(one) }
  served = await serveEvents(own, log, 0)
  broker = createServer((request, response) => {
    if (isTaken) void deliver(request).then((status) => response.writeHead(status === 204 ? 202 : 500).end())
    else response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  const to = `http://127.0.0.1:${(broker.address() as AddressInfo).port}/team/default`
  const clock = { now: () => new Date(0), sleep: async () => {} }
  const bus = createBrokerBus({ to, source: 'https://apiserver.example.com/', own, log, clock })
  publish = (one) => bus.publish(one)
})
afterEach(async () => {
  broker.closeAllConnections()
  await new Promise<void>((resolve) => broker.close(() => resolve()))
  await served.close(0)
})

test('a hint goes to the broker, and comes back from it as it was', async () => {
  const later: Hint = { ...hint, afterSeconds: 5 }
  await publish(hint)
  await publish(later)
  expect(looked).toEqual([hint, later])
  expect(lines).toEqual([])
})

test('while the broker is away each hint is looked at here, which is said once, and so is its end', async () => {
  isTaken = false
  for (let count = 0; count < 3; count += 1) await publish(hint)
  expect(looked).toEqual([hint, hint, hint])
  expect(lines).toEqual(['the broker takes no hints; those of this process are looked at here'])
  isTaken = true
  await publish(hint)
  expect(lines[1]).toBe('the broker takes hints again')
})

describe('the address', () => {
  test.each([undefined, ''])('may be left out: %s', (to) => {
    expect(readEventsTo({ KUBEOPENCODE_EVENTS_TO: to })).toBeUndefined()
  })
  test.each(['my-secret', 'ftp://secret.example.com/'])('is refused where it is none, and not told: %s', (to) => {
    const read = () => readEventsTo({ KUBEOPENCODE_EVENTS_TO: to })
    expect(read).toThrow('KUBEOPENCODE_EVENTS_TO is no address')
    expect(read).not.toThrow(to)
  })
})
