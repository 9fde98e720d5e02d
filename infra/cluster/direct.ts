import { Agent, fetch } from 'undici'
import type { Connection } from './rest.ts'

/** Idle connections are kept for the next burst of events; apiservers keep theirs longer. */
const keepAliveMs = 60_000

export interface Direct extends Omit<Connection, 'fetch'> {
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
    fetch: async (url, init) =>
      (await fetch(url, { ...init, dispatcher } as Parameters<typeof fetch>[1])) as unknown as Response,
  }
}
