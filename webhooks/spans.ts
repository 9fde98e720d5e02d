import { annotations } from '../crds/names.ts'
import { valueAt } from '../shared/field-path.ts'
import type { Span } from '../shared/span.ts'
import { attributesOf, errorLine } from '../shared/span.ts'
import { spanIdOf, traceOf } from '../shared/trace.ts'
import type { AdmissionRequest, Verdict } from './review.ts'
import type { Hook } from './table.ts'

/** How a review went; without a verdict it failed. */
export interface Review {
  readonly verdict: Verdict | undefined
  readonly start: Date
  readonly end: Date
}

/** The fields that are at fault: what is in them is nobody else's. */
const errorOf = ({ verdict }: Review): string | undefined => {
  if (!verdict) return 'the hook failed'
  const fields = (verdict.faults ?? []).map(({ field }) => field)
  return fields.length > 0 ? errorLine(`refused: ${fields.join(', ')}`) : undefined
}

/**
 * The span of a review by which a Task comes into being; undefined for every other one. A Task that is to be changed has no
 * uid yet, and so is in no trace but the one that it was given. One that is refused is never made: only whoever gave it a
 * traceparent would look for it.
 */
export const reviewSpan = (hook: Hook, request: AdmissionRequest, review: Review): Span | undefined => {
  if (hook.kind !== 'Task' || request.operation !== 'CREATE' || request.dryRun || request.subResource) return undefined
  const textAt = (...path: string[]): string | undefined => {
    const value = valueAt(request.object, path)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const uid = textAt('metadata', 'uid')
  const given = textAt('metadata', 'annotations', annotations.traceparent)
  const trace = traceOf({
    metadata: {
      ...(uid !== undefined && { uid }),
      ...(given !== undefined && { annotations: { [annotations.traceparent]: given } }),
    },
  })
  const error = errorOf(review)
  if (!trace || (error !== undefined && trace.caller === undefined)) return undefined
  const name = `admission ${hook.type}`
  const parentSpanId = uid === undefined ? trace.caller : trace.root
  return {
    traceId: trace.id,
    spanId: spanIdOf(uid ?? request.uid, name),
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: 'server',
    start: review.start,
    end: review.end,
    attributes: attributesOf({
      'http.route': hook.path,
      'k8s.namespace.name': request.namespace,
      'kubeopencode.task.name': textAt('metadata', 'name'),
    }),
    ...(error !== undefined && { error }),
  }
}
