import { upgradeWebSocket } from '@hono/node-server'
import type { WebSocket } from 'ws'
import * as z from 'zod'
import type { Terminal, TerminalSession } from '../../../functions/api/agents/terminal.ts'
import { Problem } from '../../../functions/api/problem.ts'
import type { Log } from '../../../shared/ports.ts'
import type { Exec, OpenExec } from './exec.ts'

const Resize = z.object({
  type: z.literal('resize'),
  cols: z.int().min(1).max(1000),
  rows: z.int().min(1).max(1000),
})
type Resize = z.infer<typeof Resize>

/** More unread output than this, and the program waits for the browser. */
const mostUnread = 1024 * 1024

/** A person types and pastes; more in one frame is neither. */
export const largestFrame = 256 * 1024

const checkMs = 4_000
const awakeMs = 30_000
const drainMs = 20

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const closings = { normal: 1000, policy: 1008, unsupported: 1003, failed: 1011 } as const

const sizeIn = (text: string): Resize | undefined => {
  try {
    return Resize.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** One open terminal: a browser's socket on one side, a program in a Pod on the other. */
const connect = (socket: WebSocket, session: TerminalSession, openExec: OpenExec, log: Log): void => {
  const ending = new AbortController()
  let exec: Exec | undefined
  let size: Resize | undefined
  let failures = 0
  let release = (): void => {}
  const early: Uint8Array[] = []
  const timers: ReturnType<typeof setInterval>[] = []

  const say = (line: string): void => socket.send(new TextEncoder().encode(`${line}\r\n`))
  const end = (code: number, reason: string): void => {
    if (ending.signal.aborted) return
    ending.abort()
    release()
    for (const timer of timers) clearInterval(timer)
    exec?.close()
    // A reason has at most 123 bytes.
    socket.close(code, new TextDecoder().decode(new TextEncoder().encode(reason).slice(0, 120)))
  }
  const check = async (): Promise<void> => {
    try {
      if (!(await session.isStillAllowed())) return end(closings.policy, 'your right to this terminal has ended')
      failures = 0
    } catch (error) {
      failures += 1
      const isOver = error instanceof Problem && error.code === 401
      if (isOver || failures > 1) end(closings.policy, 'your right to this terminal could not be proved any more')
    }
  }
  const output = (bytes: Uint8Array): void => {
    socket.send(bytes)
    if (socket.bufferedAmount <= mostUnread) return
    exec?.pause()
    const drain = setInterval(() => {
      if (socket.bufferedAmount > mostUnread / 2 && !ending.signal.aborted) return
      clearInterval(drain)
      exec?.resume()
    }, drainMs)
  }

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      if (exec) exec.write(data)
      else if (early.length < 64) early.push(data)
      return
    }
    const asked = sizeIn(data.toString())
    if (!asked) return end(closings.unsupported, 'a text frame is {"type":"resize","cols":n,"rows":n}')
    size = asked
    exec?.resize(asked.cols, asked.rows)
  })
  socket.on('close', () => end(closings.normal, ''))
  socket.on('error', () => end(closings.failed, ''))

  timers.push(
    setInterval(() => void check(), checkMs),
    // Sleeping under somebody's hands is worse than a sign of life that is lost.
    setInterval(() => void session.keepAwake().catch(() => {}), awakeMs),
    setInterval(() => socket.ping(), awakeMs),
  )

  const start = async (): Promise<void> => {
    const held = await session.hold()
    if (ending.signal.aborted) return held()
    release = held
    await session.keepAwake().catch(() => {})
    const target = await session.wake(say, ending.signal)
    const opened = await openExec(session.caller, target, {
      output,
      end: (message) => end(message === undefined ? closings.normal : closings.failed, message ?? 'the program ended'),
    })
    if (ending.signal.aborted) return opened.close()
    exec = opened
    if (size) exec.resize(size.cols, size.rows)
    for (const bytes of early.splice(0)) exec.write(bytes)
  }
  start().catch((error: unknown) => {
    const message = error instanceof Problem ? error.message : 'the terminal could not be opened'
    if (!(error instanceof Problem) && !ending.signal.aborted)
      log.error('a terminal could not be opened', { error: error instanceof Error ? error.name : 'unknown' })
    if (!ending.signal.aborted) say(message)
    end(error instanceof Problem && error.code < 500 ? closings.policy : closings.failed, message)
  })
}

/** Terminals of Node: the browser's WebSocket on one side, the apiserver's exec on the other. */
export const createTerminal =
  (openExec: OpenExec, log: Log): Terminal =>
  async (c, session) => {
    const upgrade = upgradeWebSocket(() => ({
      onOpen: (_, { raw }) => {
        if (raw) connect(raw as unknown as WebSocket, session, openExec, log)
      },
    }))
    const response = await upgrade(c, async () => {})
    return response ?? new Response(null, { status: 426 })
  }
