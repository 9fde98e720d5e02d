import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serveAsking } from './asking.ts'
import { permissionDesk } from './permissions.ts'
import type { OpencodeServer } from './server.ts'

const permission = { type: 'permission.asked', properties: { id: 'per_1', permission: 'bash', patterns: ['ls'] } }
const question = { type: 'question.asked', properties: { id: 'que_1', questions: [{ question: 'Which?' }] } }

/** A desk with what it has called, printed and told so far. */
const desk = (waitSeconds: number) => {
  const called: string[] = []
  const told: boolean[] = []
  const server = {
    url: 'http://server',
    call: async (method: string, path: string) => {
      called.push(`${method} ${path}`)
      return { status: 200, body: true }
    },
  } as unknown as OpencodeServer
  return {
    called,
    told,
    desk: permissionDesk(
      server,
      waitSeconds,
      () => {},
      (isAsking) => told.push(isAsking),
    ),
  }
}

describe('a desk', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('tells that something waits, and that nothing does once both are answered', () => {
    const { desk: one, told } = desk(60)
    one.handle(permission)
    one.handle(permission)
    one.handle(question)
    expect(told).toEqual([true, true])
    one.handle({ type: 'permission.replied', properties: { requestID: 'per_1', reply: 'once' } })
    expect(told.at(-1)).toBe(true)
    one.handle({ type: 'question.rejected', properties: { requestID: 'que_1' } })
    expect(told.at(-1)).toBe(false)
    expect(one.rejection()).toBeUndefined()
  })

  test('denies what nobody answers in time, and no sooner', async () => {
    const { desk: one, called } = desk(60)
    one.handle(permission)
    one.handle(question)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(called).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(called).toEqual(['POST /permission/per_1/reply', 'POST /question/que_1/reject'])
  })

  test('waits for longer than a timer can count', async () => {
    const { desk: one, called } = desk(9_223_372_036)
    one.handle(permission)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(called).toEqual([])
  })

  test('where nobody can answer it denies at once, and asks for nobody', async () => {
    const { desk: one, called, told } = desk(0)
    one.handle(permission)
    await vi.advanceTimersByTimeAsync(0)
    expect(called).toEqual(['POST /permission/per_1/reply'])
    expect(told).toEqual([])
  })
})

test('the kubelet is answered 503 while something waits', async () => {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const tell = serveAsking(port, () => {})
  const status = async () => (await fetch(`http://127.0.0.1:${port}/asking`)).status
  await vi.waitFor(async () => expect(await status()).toBe(200), 60_000)
  tell(true)
  expect(await status()).toBe(503)
  tell(false)
  expect(await status()).toBe(200)

  const said: string[] = []
  serveAsking(port, (line) => said.push(line))
  await vi.waitFor(() => expect(said).toEqual([expect.stringContaining(`port ${port} cannot be used`)]), 60_000)
})
