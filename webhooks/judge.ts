import { sentenceOf } from '../shared/errors.ts'
import type { Hint } from '../shared/hint.ts'
import { keyText } from '../shared/hint.ts'
import type { ClusterReader, Clock, EventBus, Log, Traces } from '../shared/ports.ts'
import { answersFrom, gatherFacts } from './facts.ts'
import { valueAt } from '../shared/field-path.ts'
import type { AskedKind } from './findings.ts'
import { faultText } from './findings.ts'
import { jsonPatch } from './json-patch.ts'
import type { Memory } from './memory.ts'
import type { Metadata } from './observe.ts'
import { aheadOf, Head } from './observe.ts'
import { askedRights } from './rights.ts'
import type { AdmissionRequest, Verdict } from './review.ts'
import { allow } from './review.ts'
import type { Hook, MutateHook, ObserveHook, ValidateHook } from './table.ts'

/** What became of one review: a refusal is an answer, a failure is a bug, and what is no review was not judged. */
export interface Judged {
  /** As in the table, such as `/validate/tasks`. */
  readonly hook: string
  readonly operation: AdmissionRequest['operation']
  readonly outcome: 'allowed' | 'refused' | 'failed'
  readonly seconds: number
}

export interface Deps {
  readonly bus: EventBus
  readonly log: Log
  /** Told of each review that was judged. */
  readonly onJudged?: (judged: Judged) => void
  /** Where spans of reviews go, and the clock they are timed by. */
  readonly tracing?: { readonly traces: Traces; readonly clock: Pick<Clock, 'now'> }
  /** For what other objects say; without it nothing is asked. */
  readonly reader?: ClusterReader
  /** Of what was read a moment ago; without it all is read anew. */
  readonly memory?: Memory
  /** What the reader may be asked for. Secrets only where an installation lets the webhooks read them. */
  readonly askedKinds?: readonly AskedKind[]
}

const usuallyAsked = Object.keys(askedRights) as readonly AskedKind[]

/** Less than an observer's timeout at the apiserver: the write must not wait for the bus. */
const publishBudgetMs = 800

/** What is leaving may leave, and neither a status nor any other subresource is judged. */
export const isBeyondJudgement = (request: AdmissionRequest): boolean =>
  request.operation === 'DELETE' ||
  (request.subResource ?? '') !== '' ||
  (request.operation === 'UPDATE' && valueAt(request.oldObject, ['metadata', 'deletionTimestamp']) !== undefined)

const judgeMutation = ({ mutate }: MutateHook, request: AdmissionRequest): Verdict => {
  if (request.operation === 'DELETE') return allow
  const prior = request.operation === 'UPDATE' ? request.oldObject : undefined
  return { patch: jsonPatch(request.object, mutate(request.object, { prior, user: request.userInfo?.username })) }
}

const judgeValidity = async ({ validate }: ValidateHook, request: AdmissionRequest, deps: Deps): Promise<Verdict> => {
  if (request.operation === 'DELETE') return allow
  const prior = request.operation === 'UPDATE' ? request.oldObject : undefined
  const { faults, warnings, questions } = validate(request.object, prior)
  if (faults.length > 0 || !deps.reader) return { faults, warnings }
  const kinds = deps.askedKinds ?? usuallyAsked
  const askable = questions.filter(({ kind }) => kinds.includes(kind))
  const namespace = request.namespace ?? ''
  const open = deps.memory?.open(namespace, askable)
  const asked = open?.questions ?? askable
  const facts = await gatherFacts(deps.reader, namespace, asked)
  open?.keep(facts)
  const answers = answersFrom(facts, namespace, asked)
  // What is stored already stays, as in validate.ts: a setting that came later must not hold an old object.
  const known = new Set(
    prior && answers.faults.length > 0
      ? answersFrom(facts, namespace, validate(prior).questions).faults.map(faultText)
      : [],
  )
  return {
    faults: answers.faults.filter((fault) => !known.has(faultText(fault))),
    warnings: [...warnings, ...answers.warnings],
  }
}

const metadataOf = (object: unknown): Metadata | undefined => Head.safeParse(object).data?.metadata

/** The hints of one write; none for a dry run, or for what has no name yet. */
export const hintsOf = ({ kind, wake }: ObserveHook, request: AdmissionRequest): Hint[] => {
  if (request.dryRun) return []
  const { operation } = request
  const prior = operation === 'CREATE' ? undefined : metadataOf(request.oldObject)
  const metadata = operation === 'DELETE' ? prior : metadataOf(request.object)
  if (!metadata) return []
  const { name, namespace } = metadata
  const cause = {
    ref: { kind, name, ...(namespace !== undefined && { namespace }) },
    operation,
    ...(prior?.resourceVersion !== undefined && { resourceVersion: prior.resourceVersion }),
  }
  const write = { operation, metadata, prior }
  const ahead = aheadOf(kind, write)
  return wake(write).map((key) => ({ key, cause, ...(key.kind === 'Task' && ahead.length > 0 && { ahead }) }))
}

/** Never refuses and never fails: a hint that is lost is found by the schedule. */
const publish = async (hint: Hint, { bus, log }: Deps): Promise<void> => {
  const lost = (reason: string): void => log.warn('a hint was not published', { key: keyText(hint.key), reason })
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      lost(`the bus did not answer within ${publishBudgetMs} ms`)
      resolve()
    }, publishBudgetMs)
  })
  const sent = (async () => bus.publish(hint))().catch((error: unknown) => lost(sentenceOf(error)))
  await Promise.race([sent, late])
  clearTimeout(timer)
}

/** One review, judged. A denial is data; whatever is thrown is a bug. */
export const judge = async (hook: Hook, request: AdmissionRequest, deps: Deps): Promise<Verdict> => {
  if (hook.type === 'observe') {
    await Promise.all(hintsOf(hook, request).map((hint) => publish(hint, deps)))
    return allow
  }
  if (isBeyondJudgement(request)) return allow
  return hook.type === 'mutate' ? judgeMutation(hook, request) : judgeValidity(hook, request, deps)
}
