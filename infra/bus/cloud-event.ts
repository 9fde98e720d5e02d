import * as z from 'zod'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Kind } from '../../shared/kubernetes.ts'
import { ownKinds } from '../../shared/kubernetes.ts'

/** CloudEvents 1.0 `type` of a hint. */
export const hintType = 'io.kubeopencode.reconcile'

/** A hint as a CloudEvent of version 1.0 in JSON, structured mode. `time` is when `afterSeconds` begins. */
export interface CloudEvent {
  readonly specversion: '1.0'
  /** The same for each copy of one hint; a receiver may drop what it has seen, and need not. */
  readonly id: string
  /** URI of who tells it: the cluster. */
  readonly source: string
  readonly type: typeof hintType
  /** Kind, namespace and name. */
  readonly subject: string
  /** RFC 3339. */
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Hint
}

export interface Envelope {
  readonly id: string
  readonly source: string
  readonly now: Date
}

export const cloudEventOf = (hint: Hint, { id, source, now }: Envelope): CloudEvent => ({
  specversion: '1.0',
  id,
  source,
  type: hintType,
  subject: keyText(hint.key),
  time: now.toISOString(),
  datacontenttype: 'application/json',
  data: hint,
})

const Name = z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/)
const Namespace = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)

/** No longer than a Task may take its time: whoever names a date beyond has no say in when we look. */
const longestWaitSeconds = 24 * 3600

/** Kinds of Kubernetes whose writes are observed. */
const madeKinds = ['Pod', 'Deployment', 'Service', 'ConfigMap', 'PersistentVolumeClaim'] as const satisfies Kind[]

const refTo = <K extends Kind>(kinds: readonly K[]) =>
  z.object({ kind: z.enum(kinds), namespace: Namespace.exactOptional(), name: Name })

/** What is ever read ahead; whoever writes to the wire may not have us read more. */
const mostAhead = 9
const aheadKinds = ['Agent', 'Task', 'ConfigMap', 'KubeOpenCodeConfig'] as const satisfies Kind[]

const Data = z.object({
  key: z.object({ kind: z.enum(ownKinds), namespace: Namespace.exactOptional(), name: Name }),
  cause: z
    .object({
      ref: refTo([...ownKinds, ...madeKinds]),
      operation: z.enum(['CREATE', 'UPDATE', 'DELETE']),
      resourceVersion: z.string().max(64).exactOptional(),
    })
    .exactOptional(),
  // Only time is lost without it.
  ahead: z.array(refTo(aheadKinds)).max(mostAhead).catch([]).exactOptional(),
  turn: z.enum(['ended', 'waits']).exactOptional(),
  afterSeconds: z.number().min(0).max(longestWaitSeconds).exactOptional(),
})

const Event = z.object({ specversion: z.literal('1.0'), type: z.literal(hintType), data: Data })

/**
 * The hint of an event from a wire that others may write to: undefined where it is none of ours. What it says is
 * believed no further than that somebody should look.
 */
export const hintOf = (event: unknown): Hint | undefined => {
  const parsed = Event.safeParse(event)
  return parsed.success ? parsed.data.data : undefined
}
