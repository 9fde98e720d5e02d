import { PassThrough, Readable, Writable } from 'node:stream'
import { colorsWhere } from '../../cli/io.ts'
import type { Io } from '../../cli/io.ts'

export interface TestIo extends Io {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly interrupt: (signal?: string) => void
}

const collecting = () => {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}

/** A process without a terminal: what it writes is kept, and Ctrl-C is a call. */
export const testIo = (options: { stdin?: string; env?: Io['env']; now?: () => Date } = {}): TestIo => {
  const out = collecting()
  const err = collecting()
  const ending = new AbortController()
  const handlers: (() => void)[] = []
  return {
    out: out.stream,
    err: err.stream,
    in: options.stdin === undefined ? new PassThrough().end() : Readable.from([options.stdin]),
    env: options.env ?? {},
    now: options.now ?? (() => new Date()),
    isTerminal: { in: false, out: false, err: false },
    columns: () => 100,
    colors: { out: colorsWhere(false), err: colorsWhere(false) },
    interrupted: ending.signal,
    onInterrupt: (handle) => {
      handlers.push(handle)
      return () => void handlers.splice(handlers.indexOf(handle), 1)
    },
    stdout: out.text,
    stderr: err.text,
    interrupt: (signal = 'SIGINT') => {
      const handle = handlers.at(-1)
      if (handle) handle()
      else ending.abort(signal)
    },
  }
}
