import { base, pathOf } from '../api/client.ts'
import { waitMs } from '../live/live.ts'

export type TerminalState = 'connecting' | 'open' | 'lost' | 'ended'

export interface TerminalEvents {
  readonly onBytes: (bytes: Uint8Array) => void
  /** Where it stands, with a sentence where there is something to say. */
  readonly onState: (state: TerminalState, says?: string) => void
}

export interface TerminalConnection {
  readonly write: (bytes: Uint8Array) => void
  readonly resize: (cols: number, rows: number) => void
  /** Begins again after an end. */
  readonly again: () => void
  readonly close: () => void
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const closings = { normal: 1000, unsupported: 1003, policy: 1008, failed: 1011 } as const

/** The server has ended it and said why; trying again would end the same way. */
const isFinal = (code: number): boolean =>
  code === closings.normal || code === closings.policy || code === closings.failed || code === closings.unsupported

/** Longer than this a page does not try to come back by itself. */
const mostAttempts = 8

/** A terminal that was forgotten would keep its Agent awake for ever. */
const idleMs = 30 * 60_000

export const addressOf = (namespace: string, name: string): string =>
  `${location.origin.replace(/^http/, 'ws')}${base}${pathOf('agents', namespace, name)}/terminal`

/** A terminal at an Agent's server. A connection that is lost is made anew; one that was ended is not. */
export const connectTerminal = (
  url: string,
  { onBytes, onState }: TerminalEvents,
  open = (to: string): WebSocket => new WebSocket(to),
): TerminalConnection => {
  let socket: WebSocket | undefined
  let size: { cols: number; rows: number } | undefined
  let isClosed = false
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let idle: ReturnType<typeof setTimeout> | undefined

  const tellSize = (): void => {
    if (size && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'resize', ...size }))
  }
  const stop = (): void => {
    clearTimeout(timer)
    clearTimeout(idle)
    const last = socket
    socket = undefined
    last?.close(closings.normal)
  }
  const live = (): void => {
    clearTimeout(idle)
    idle = setTimeout(() => {
      stop()
      onState('ended', `nobody has typed for ${idleMs / 60_000} minutes, and an open terminal keeps the Agent awake`)
    }, idleMs)
  }
  const start = (): void => {
    clearTimeout(timer)
    onState('connecting')
    let wasOpen = false
    const current = open(url)
    socket = current
    current.binaryType = 'arraybuffer'
    current.addEventListener('open', () => {
      wasOpen = true
      onState('open')
      tellSize()
    })
    current.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      attempt = 0
      if (data instanceof ArrayBuffer) onBytes(new Uint8Array(data))
    })
    current.addEventListener('close', ({ code, reason }) => {
      if (isClosed || socket !== current) return
      if (isFinal(code)) {
        clearTimeout(idle)
        return onState('ended', reason === '' ? undefined : reason)
      }
      attempt += 1
      if (attempt > mostAttempts || (!wasOpen && attempt > 2)) {
        clearTimeout(idle)
        // A browser does not say why a WebSocket was refused.
        return onState('ended', 'the server cannot be reached, or does not let you have a terminal')
      }
      onState('lost')
      timer = setTimeout(start, waitMs(attempt))
    })
  }
  live()
  start()

  return {
    write: (bytes) => {
      if (socket?.readyState !== WebSocket.OPEN) return
      live()
      socket.send(bytes as Uint8Array<ArrayBuffer>)
    },
    resize: (cols, rows) => {
      size = { cols, rows }
      tellSize()
    },
    again: () => {
      attempt = 0
      live()
      start()
    },
    close: () => {
      isClosed = true
      stop()
    },
  }
}
