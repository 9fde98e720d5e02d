import { Agent } from 'undici'
import type { Connection } from './rest.ts'
import { waysOver } from './undici.ts'

/** Idle connections are kept for the next burst of events; apiservers keep theirs longer. */
const keepAliveMs = 60_000

export interface Direct extends Omit<Connection, 'fetch' | 'request'> {
  /** Who signs the apiserver's certificate, PEM. */
  readonly ca: string
}

/** A connection of a program that was told where its apiserver is, and needs no kubeconfig and nothing that reads one. */
export const connectTo = ({ server, ca, headers, manager }: Direct): Connection => {
  const dispatcher = new Agent({ connect: { ca }, keepAliveTimeout: keepAliveMs, allowH2: false })
  return {
    server: server.replace(/\/$/, ''),
    manager,
    ...(headers && { headers }),
    ...waysOver(dispatcher),
  }
}
