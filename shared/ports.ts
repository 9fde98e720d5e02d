import type { TaskSession } from '../crds/task.ts'
import type { Hint } from './hint.ts'
import type { KubeObject, Kind, Objects, Ref } from './kubernetes.ts'
import type { Measure } from './measures.ts'
import type { Span } from './span.ts'
import type { SyncReport } from './sync-report.ts'

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  /** Only fields the apiserver indexes or the CRD declares selectable. */
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Token for the next page; absent on the last. */
  readonly continue?: string
}

/** Reads. Every read is consistent: it sees each write that was answered before it began. */
export interface ClusterReader {
  /** Undefined where there is no such object. */
  get<K extends Kind>(ref: Ref<K>): Promise<Objects[K] | undefined>
  list<K extends Kind>(kind: K, options?: ListOptions): Promise<Page<Objects[K]>>
}

/** What became of a status that was written. */
export interface StoredStatus {
  readonly resourceVersion: string
  /** Fields that were written and are not stored, as the CRD does not know them, such as `status.activeTasks[].uid`. */
  readonly pruned: readonly string[]
}

/** Writes. Each throws RetryableError or TerminalError of errors.ts. */
export interface ClusterWriter {
  /** Create-only: false where an object of that name exists already, which is left alone. */
  create(object: KubeObject): Promise<boolean>
  /**
   * Server-side apply: only the fields in `object` become ours, others' fields stay. An object with a uid is changed only
   * as that incarnation, and one that `isNew` is made only where nothing of its name is: else it is a RetryableError.
   */
  apply(object: KubeObject, options?: { readonly isNew?: boolean }): Promise<void>
  /** JSON merge patch of one object as it was seen: a newer version of it is a RetryableError. Gives the new resourceVersion. */
  patch(ref: Ref, patch: object, resourceVersion: string): Promise<string>
  /** The same for the status subresource: `patch` is the change of `status` alone. */
  patchStatus(ref: Ref, patch: object, resourceVersion: string): Promise<StoredStatus>
  /** Deletes only the incarnation with this uid; what is gone already is no error. */
  remove(ref: Ref, uid: string): Promise<void>
}

export interface Cluster extends ClusterReader, ClusterWriter {}

/** Asks for an object to be reconciled: at least once, in any order, possibly merged with other asks for the same key. */
export interface EventBus {
  publish(hint: Hint): Promise<void>
}

/** A sidecar of an Agent, as the apiserver's service proxy addresses it. */
export interface SidecarAddress {
  readonly namespace: string
  readonly service: string
  readonly port: number
}

/** An Agent's OpenCode server, addressed in the same way. */
export interface SessionServer {
  readonly namespace: string
  readonly service: string
  /** Number or name of the Service's port. */
  readonly port: number | string
  /** uid of its Agent, where a guard on that port asks for the password that was made from it. */
  readonly agentUid?: string
}

/** Whose server a password is for. */
export interface ServerIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** The password of an Agent's server, and what may be seen of it. */
export interface ServerAccess {
  readonly password: string
  /** SHA-256, hexadecimal: it tells a password from another and may be seen by anybody. */
  readonly digest: string
}

/** The passwords of Agents' servers. Whoever has the key makes them again, so none is ever read back. */
export interface ServerPasswords {
  /** The same for the same Agent, always. Throws where there is no key. */
  of(agent: ServerIdentity): Promise<ServerAccess>
}

/** What a server knows of one session, in the shape of Task.status.session. */
export interface SessionReport {
  readonly session: TaskSession
  /** Why the work failed, where it did. */
  readonly error?: string
}

/** What an agent waits to be told: leave to do something, or the answer to a question. Its text may be anything. */
export interface Asked {
  readonly kind: 'Permission' | 'Question'
  readonly id: string
  readonly text: string
  /** Of a permission: what it would let through from then on where it is approved for good. Undefined where nobody has said. */
  readonly always?: string[]
}

/** What it is told. */
export interface Reply {
  readonly verdict: 'Approved' | 'ApprovedAlways' | 'Denied' | 'Replied'
  readonly text?: string
}

/** OpenCode's sessions. A server that does not answer within two seconds is `unreachable`, never an exception. */
export interface Sessions {
  /** The newest session with exactly this title; undefined where the server has none. */
  find(server: SessionServer, title: string): Promise<SessionReport | 'unreachable' | undefined>
  /** Ends the session with this title and whatever it runs; true once the server has said so or knows no such session. */
  abort(server: SessionServer, title: string): Promise<boolean>
  /** What the session with this title and its subagents wait to be told, the oldest first. */
  asking(server: SessionServer, title: string): Promise<readonly Asked[] | 'unreachable'>
  /** Tells it; `late` where nothing of that id waits any more. */
  tell(server: SessionServer, asked: Pick<Asked, 'kind' | 'id'>, reply: Reply): Promise<'told' | 'late' | 'unreachable'>
}

/** The git-sync sidecars of Agents. One that does not answer within two seconds, or not in our words, is undefined. */
export interface GitSyncs {
  read(at: SidecarAddress): Promise<SyncReport | undefined>
}

export interface Clock {
  now(): Date
  sleep(milliseconds: number): Promise<void>
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Structured lines. Never a secret, never a spec's body. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Where numbers go. It only writes down: nobody asks it, and what it does must not fail or take time. */
export interface Metrics {
  record(measure: Measure): void
}

/** Where spans go. It only takes them: nobody asks it, and what it does must not fail or take time. */
export interface Traces {
  take(span: Span): void
}
