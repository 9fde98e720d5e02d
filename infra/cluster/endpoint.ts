import type { RequestOptions } from 'node:https'
import type { Dispatcher } from 'undici'
import type { Log } from '../../shared/ports.ts'

/** Trust, client certificate and headers of the next request, as Node's https takes them. */
export interface Credentials extends RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
}

/** Where an apiserver is, and how requests to it prove who sends them. */
export interface Endpoint {
  readonly server: string
  readonly credentials: () => Promise<Credentials>
  /** For undici, where a proxy leads there. */
  readonly proxy?: () => Promise<Dispatcher | undefined>
}

/** The endpoint of a kubeconfig's context, or of a Pod's account. */
export interface Identity extends Endpoint {
  /** Name of the context and of its user; empty in a Pod. */
  readonly context: string
  readonly user: string
  readonly namespace: string | undefined
  /** The client certificate in PEM, where there is one. */
  readonly certificate: string | undefined
}

export interface IdentityOptions {
  readonly kubeconfig?: string
  readonly context?: string
  /** The server and whom to trust, without token, certificate or plugin. */
  readonly asNobody?: boolean
  /** Told where credentials cannot be read again. */
  readonly log?: Pick<Log, 'warn'>
}
