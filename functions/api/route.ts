import type { Context } from 'hono'
import type * as z from 'zod'
import type { OwnKind } from '../../shared/kubernetes.ts'
import type { Apiserver, Caller } from './apiserver.ts'

export interface Variables {
  /** Whoever asks; undefined only on routes that anybody may call. */
  caller: Caller | undefined
  /** The apiserver as the caller reaches it. */
  apiserver: Apiserver
  /** The time as the apiserver has it, after its first answer: that of our own may be the clock of somebody's laptop. */
  now: () => Date
  /** Counts a stream of the caller as open until what it gives is called; throws where there are too many. */
  hold: () => Promise<() => void>
}

export type ApiContext = Context<{ Variables: Variables }>

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a body looks like: one of our kinds, a list of it, or a schema. */
export type Shape = OwnKind | `${OwnKind}List` | z.ZodType

/** One door of the API. The app serves it, and the OpenAPI document is made from it. */
export interface Route {
  readonly method: Method | readonly Method[]
  /** `{name}` is one segment; a last `{path}` is the rest. */
  readonly path: string
  readonly summary: string
  readonly query?: z.ZodObject
  readonly body?: Shape
  /** Of the answer that is a success; without a shape it is what `type` says. */
  readonly answer: { readonly status?: number; readonly shape?: Shape; readonly type?: string }
  /** Also without a token. */
  readonly isOpen?: true
  readonly handle: (c: ApiContext) => Response | Promise<Response>
}
