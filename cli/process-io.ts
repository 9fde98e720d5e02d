import type { Io } from './io.ts'
import { colorsWhere, wantsColor } from './io.ts'

const usualColumns = 80

/** The process itself as a command sees it. */
export const processIo = (): Io => {
  const { stdin, stdout, stderr, env } = process
  const isTerminal = { in: stdin.isTTY, out: stdout.isTTY, err: stderr.isTTY }
  const ending = new AbortController()
  const handlers: (() => void)[] = []

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      const handle = signal === 'SIGINT' ? handlers.at(-1) : undefined
      if (handle) return handle()
      // Whoever cannot wait for a tidy end says so twice.
      if (ending.signal.aborted) process.exit({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
      ending.abort(signal)
    })
  // A reader such as `head` that has enough is no fault of the command.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

  return {
    out: stdout,
    err: stderr,
    in: stdin,
    env,
    now: () => new Date(),
    isTerminal,
    columns: () => stderr.columns || stdout.columns || usualColumns,
    colors: {
      out: colorsWhere(wantsColor(env, isTerminal.out)),
      err: colorsWhere(wantsColor(env, isTerminal.err)),
    },
    interrupted: ending.signal,
    onInterrupt: (handle) => {
      handlers.push(handle)
      return () => void handlers.splice(handlers.indexOf(handle), 1)
    },
  }
}
