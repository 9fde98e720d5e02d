import { annotations } from '../crds/names.ts'
import { sentenceOf } from './errors.ts'
import { hashOf } from './hash.ts'
import type { KubeObject } from './kubernetes.ts'
import type { Log, LogFields } from './ports.ts'

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values, version 00. */
const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The traceparent that a Task's work goes on with: the one that whoever made it gave as an annotation, else one made of
 * its uid, which is as random and as long as a trace id, so that nothing has to be stored and every copy says the same.
 * One that is not well-formed counts as none, as the specification asks.
 */
export const traceparentOf = ({ metadata }: KubeObject): string | undefined => {
  const given = metadata?.annotations?.[annotations.traceparent] ?? ''
  if (form.test(given)) return given
  const uid = metadata?.uid ?? ''
  if (!uuid.test(uid)) return undefined
  const id = uid.replaceAll('-', '')
  return `00-${id}-${id.slice(16)}-01`
}

/** 32 hexadecimal digits. */
export const traceIdOf = (object: KubeObject): string | undefined => form.exec(traceparentOf(object) ?? '')?.[1]

/** Marks a failure, which must be of one look alone, as part of a trace: whoever logs it later has it from `failureFields`. */
export const inTrace = (error: unknown, traceId: string | undefined): unknown =>
  error instanceof Error && traceId !== undefined ? Object.assign(error, { traceId }) : error

/** What a log says of a failure: its sentence, and the trace it belongs to where that is known. */
export const failureFields = (error: unknown): LogFields => ({
  error: sentenceOf(error),
  traceId: error instanceof Error && 'traceId' in error ? String(error.traceId) : undefined,
})

/** Where the spans of an object's work belong. */
export interface Trace {
  readonly id: string
  /** Span that tells of the whole of it; what runs in its Pod may know it as its parent. */
  readonly root: string
  /** Span of whoever gave the traceparent, of which the root is a child. */
  readonly caller?: string
}

/** 16 hexadecimal digits. Made of what a span tells of, so that nothing has to be remembered and every copy says the same. */
export const spanIdOf = (...parts: readonly string[]): string => hashOf(parts)

/** Undefined where there is no trace, or whoever gave its traceparent does not record it. */
export const traceOf = (object: KubeObject): Trace | undefined => {
  const { annotations: given, uid = '' } = object.metadata ?? {}
  const traceparent = traceparentOf(object) ?? ''
  const [, id, parent, flags = ''] = form.exec(traceparent) ?? []
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1
  if (id === undefined || parent === undefined || !isSampled) return undefined
  return traceparent === given?.[annotations.traceparent]
    ? { id, root: spanIdOf(uid, 'task'), caller: parent }
    : { id, root: parent }
}

/** The traceparent that a Task's Pod goes on with: below the Task's own span where spans are told, else as it was given. */
export const podTraceparentOf = (object: KubeObject, isTraced: boolean): string | undefined => {
  const trace = isTraced ? traceOf(object) : undefined
  return trace ? `00-${trace.id}-${trace.root}-01` : traceparentOf(object)
}

/** A log whose every line carries `fields`, too. */
export const logWith = (log: Log, fields: LogFields): Log => ({
  debug: (message, more) => log.debug(message, { ...fields, ...more }),
  info: (message, more) => log.info(message, { ...fields, ...more }),
  warn: (message, more) => log.warn(message, { ...fields, ...more }),
  error: (message, more) => log.error(message, { ...fields, ...more }),
})
