import type { Hint } from '../../../shared/hint.ts'
import type { Kind } from '../../../shared/kubernetes.ts'
import { faultText } from '../../../webhooks/findings.ts'
import { hintsOf, isBeyondJudgement } from '../../../webhooks/judge.ts'
import type { AdmissionRequest } from '../../../webhooks/review.ts'
import type { Hook, Operation } from '../../../webhooks/table.ts'
import type { Json, Stored } from './object.ts'
import { overTheWire } from './object.ts'
import { Refused, status } from './status.ts'

/** One write on its way to the store, as the hooks are told of it. */
export interface Review {
  readonly operation: Operation
  readonly kind: Kind
  readonly namespace: string | undefined
  readonly subresource: string | undefined
  readonly object: Json | undefined
  readonly prior: Stored | undefined
  readonly isDryRun: boolean
}

export interface Admission {
  /** The object as the mutating hooks want it. */
  readonly mutate: (review: Review) => Json | undefined
  /** Throws the refusal of a validating hook; the observers have been told by then, as they are asked at the same time. */
  readonly judge: (review: Review) => void
}

const requestOf = ({ operation, kind, namespace, subresource, object, prior, isDryRun }: Review): AdmissionRequest =>
  ({
    uid: 'simulated',
    kind: { group: '', kind },
    ...(namespace !== undefined && { namespace }),
    ...(subresource !== undefined && { subResource: subresource }),
    dryRun: isDryRun,
    operation,
    object,
    oldObject: prior,
  }) as AdmissionRequest

const hasLabel = (object: Json | undefined, label: string): boolean =>
  (object?.['metadata'] as Stored['metadata'])?.labels?.[label] !== undefined

/** Whether the apiserver calls the hook for this write, as the webhook configurations tell it. */
const isCalled = (hook: Hook, { kind, operation, subresource, object, prior }: Review): boolean =>
  hook.kind === kind &&
  hook.operations.includes(operation) &&
  (subresource === undefined || hook.subresources.includes(subresource)) &&
  (hook.label === undefined || hasLabel(object, hook.label) || hasLabel(prior, hook.label))

/** The project's own hooks in the write path. Every hint an observer gives goes to `publish`. */
export const admissionWith = (hooks: readonly Hook[], publish: (hint: Hint) => void): Admission => ({
  mutate: (review) => {
    let { object } = review
    for (const hook of hooks) {
      if (hook.type !== 'mutate' || !isCalled(hook, review) || isBeyondJudgement(requestOf(review))) continue
      object = overTheWire(hook.mutate(object, { prior: review.prior, user: 'simulated' }) as Json)
    }
    return object
  },
  judge: (review) => {
    const request = requestOf(review)
    const called = hooks.filter((hook) => isCalled(hook, review))
    for (const hook of called) if (hook.type === 'observe') for (const hint of hintsOf(hook, request)) publish(hint)
    if (review.operation === 'DELETE' || isBeyondJudgement(request)) return
    for (const hook of called) {
      if (hook.type !== 'validate') continue
      const { faults } = hook.validate(review.object, review.prior)
      if (faults.length > 0) throw new Refused(status(422, 'Invalid', faults.map(faultText).join('; ')))
    }
  },
})
