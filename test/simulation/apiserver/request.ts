import type { Kind } from '../../../shared/kubernetes.ts'

/** One request, after its path was read. */
export interface Request {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'apply' | 'delete'
  readonly kind: Kind
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: 'status'
  readonly body?: object
  readonly query?: Readonly<Record<string, string>>
  /** Tells the observers and stores nothing: the moment between admission and storage. */
  readonly isRehearsal?: boolean
  /** A read of what was there so many changes ago, as no apiserver answers a consistent read. */
  readonly changesAgo?: number
  /** Who asks: the field manager of an apply, and the name in the history. */
  readonly by?: string
}
