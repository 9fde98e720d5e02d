import { annotations } from '../crds/names.ts'
import type { KubeObject } from './kubernetes.ts'
import type { Log, LogFields } from './ports.ts'

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values, version 00. */
const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

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

/** A log whose every line carries `fields`, too. */
export const logWith = (log: Log, fields: LogFields): Log => ({
  debug: (message, more) => log.debug(message, { ...fields, ...more }),
  info: (message, more) => log.info(message, { ...fields, ...more }),
  warn: (message, more) => log.warn(message, { ...fields, ...more }),
  error: (message, more) => log.error(message, { ...fields, ...more }),
})
