import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TerminalState } from './connection.ts'
import { connectTerminal } from './connection.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A socket whose other end is the test. */
class Socket extends EventTarget {
  readyState = 0
  binaryType = ''
  readonly sent: unknown[] = []
  send = (data: unknown): void => void this.sent.push(data)
  close = (): void => this.end(1000)
  open = (): void => {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }
  say = (text: string): void => {
    const data = new TextEncoder().encode(text).buffer
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }
  end = (code: number, reason = ''): void => {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
  }
}

const terminal = () => {
  const sockets: Socket[] = []
  const states: (readonly [TerminalState, string | undefined])[] = []
  let heard = ''
  const connection = connectTerminal(
    'ws://server/terminal',
    {
      onBytes: (bytes) => (heard += new TextDecoder().decode(bytes)),
      onState: (state, says) => states.push([state, says]),
    },
    () => {
      const socket = new Socket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
  )
  return { sockets, states, connection, heard: () => heard, last: () => states.at(-1) }
}

test('bytes go both ways, and the size is told as soon as anybody listens', () => {
  const { sockets, connection, heard } = terminal()
  connection.resize(120, 40)
  sockets[0]?.open()
  sockets[0]?.say('hello')
  connection.write(new Uint8Array([104, 105]))
  expect(heard()).toBe('hello')
  expect(sockets[0]?.sent).toEqual(['{"type":"resize","cols":120,"rows":40}', new Uint8Array([104, 105])])
})

test('a connection that is lost is made anew, with the size it had', async () => {
  const { sockets, connection, last } = terminal()
  sockets[0]?.open()
  connection.resize(80, 24)
  sockets[0]?.end(1006)
  expect(last()).toEqual(['lost', undefined])
  await vi.advanceTimersByTimeAsync(2_000)
  sockets[1]?.open()
  expect(last()).toEqual(['open', undefined])
  expect(sockets[1]?.sent).toEqual(['{"type":"resize","cols":80,"rows":24}'])
})

test('one that the server has ended stays ended, with the reason, until somebody begins again', async () => {
  const { sockets, connection, last } = terminal()
  sockets[0]?.open()
  sockets[0]?.end(1008, 'your right to this terminal has ended')
  expect(last()).toEqual(['ended', 'your right to this terminal has ended'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sockets).toHaveLength(1)
  connection.again()
  sockets[1]?.open()
  expect(last()).toEqual(['open', undefined])
})

test('a server that lets nobody in is not asked for ever', async () => {
  const { sockets, last } = terminal()
  for (let attempt = 0; attempt < 5; attempt += 1) {
    sockets.at(-1)?.end(1006)
    await vi.advanceTimersByTimeAsync(20_000)
  }
  expect(sockets).toHaveLength(3)
  expect(last()?.[0]).toBe('ended')
})

test('who leaves is told nothing more', async () => {
  const { sockets, connection, states } = terminal()
  sockets[0]?.open()
  connection.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(states.map(([state]) => state)).toEqual(['connecting', 'open'])
  expect(sockets).toHaveLength(1)
})

test('one that was forgotten is closed, so that its Agent may sleep', async () => {
  const { sockets, connection, last } = terminal()
  sockets[0]?.open()
  await vi.advanceTimersByTimeAsync(20 * 60_000)
  connection.write(new Uint8Array([13]))
  await vi.advanceTimersByTimeAsync(20 * 60_000)
  expect(last()).toEqual(['open', undefined])
  await vi.advanceTimersByTimeAsync(11 * 60_000)
  expect(sockets[0]?.readyState).toBe(3)
  expect(last()).toEqual(['ended', 'nobody has typed for 30 minutes, and an open terminal keeps the Agent awake'])
})
