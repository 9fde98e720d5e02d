import { once } from 'node:events'
import { identify } from '../../infra/cluster/identity.ts'
import { startLocalServer } from '../../infra/node/server/local.ts'
import type { Log } from '../../shared/ports.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { CommandError, Interrupted, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { print, say, warn } from '../io.ts'

export interface DashboardOptions extends ClusterOptions {
  readonly port: string
}

const portOf = (text: string): number => {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`--port ${text} is no port: choose one from 1 to 65535, or 0 for any that is free`)
  return port
}

/** A person sees what goes wrong, and not each thing that goes well. */
const logTo = (io: Io): Log => ({
  debug: () => {},
  info: () => {},
  warn: (message, fields) => warn(io, typeof fields?.error === 'string' ? `${message}: ${fields.error}` : message),
  error: (message) => warn(io, message),
})

/** Serves the API and the dashboard until Ctrl-C. The code is for the eyes of whoever sees this terminal. */
export const serveDashboard = async (io: Io, { kubeconfig, context, port: asked }: DashboardOptions): Promise<void> => {
  const port = portOf(asked)
  const log = logTo(io)
  const endpoint = await identify({
    log,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  })
  const server = await startLocalServer({
    endpoint,
    port,
    log,
    announce: (code) => say(io, `Code to log in with, good for once: ${code}`),
  }).catch((cause: unknown) => {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    throw new CommandError(
      isTaken ? `port ${port} is taken: name another with --port, or --port 0 for any that is free` : sentenceOf(cause),
      { cause },
    )
  })
  print(io, server.url)
  if (!server.hasDashboard)
    warn(io, 'the dashboard is not built: this serves the API alone. Build it with npm run bundle, and start again')
  say(io, 'Open that address in a browser. Ctrl-C ends it')
  if (!io.interrupted.aborted) await once(io.interrupted, 'abort')
  await server.close(0)
  throw new Interrupted(io.interrupted.reason)
}
