import type { Ref } from '../../shared/kubernetes.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import { mergePatch } from '../../shared/merge-patch.ts'
import type { Json } from './apiserver/object.ts'
import type { Change } from './apiserver/store.ts'
import { faultText } from './fault.ts'
import type { Violation } from './invariants/invariant.ts'
import type { Outcome, Run } from './run.ts'

const longest = 400

/** JSON, with conditions in a few words each. */
const shown = (value: object): string =>
  JSON.stringify(value, (key, inner: unknown) =>
    key === 'conditions' && Array.isArray(inner)
      ? inner.map(({ type, status, reason }: Json) => [type, '=', status, ' ', reason].join(''))
      : inner,
  )

/** What a change did, without what every change does. */
const changeText = ({ before, after }: Change): string => {
  if (!after) return 'is gone'
  const patch =
    mergePatch((before ?? {}) as Json, { ...after, metadata: { ...after.metadata, resourceVersion: '' } }) ?? {}
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = patch
  const { resourceVersion: _, uid: _uid, namespace: _namespace, name: _name, ...said } = (metadata ?? {}) as Json
  const text = shown({ ...(before && Object.keys(said).length > 0 && { metadata: said }), ...rest })
  return `${before ? '' : 'is created '}${text.length > longest ? `${text.slice(0, longest)}…` : text}`
}

/** Objects of one story: the object, what is named after it, and the Agent. */
const belongs = (ref: Ref, other: Ref): boolean => {
  const stem = ref.name.replace(/-(pod|context|server)$/, '')
  return (
    other.kind !== 'Event' && (other.name.startsWith(stem) || stem.startsWith(other.name) || other.kind === 'Agent')
  )
}

/** How to play a run again. */
export const runText = ({ scenario, fault, seed, copies }: Run): string =>
  `scenario ${scenario.name}; ${faultText(fault)}; ${copies === 1 ? '1 copy' : `${copies} copies`}; seed ${seed}`

/** One violation as a person reads it: what broke, where, and everything that happened to the object. */
export const story = (run: Run, { invariant, message, ref }: Violation, { history }: Outcome): string => {
  const start = history[0]?.at ?? 0
  const lines = history
    .filter((change) => belongs(ref, change.ref))
    .map((change) => {
      const seconds = ((change.at - start) / 1000).toFixed(3).padStart(10)
      return `  ${seconds} s  ${change.by.padEnd(34)} ${describeRef(change.ref)} ${changeText(change)}`
    })
  return [`${invariant} is violated: ${describeRef(ref)} ${message}`, `  ${runText(run)}`, ...lines].join('\n')
}
