import { isHindered, isLeaving, isTerminal, olderDefinition, RetryableError, sentenceOf, TakenError } from './errors.ts'
import type { Hint, Key } from './hint.ts'
import { keyText } from './hint.ts'
import { awaiting, readingAhead } from './hinted-reads.ts'
import type { KubeObject, OwnKind, Ref } from './kubernetes.ts'
import { describeRef, refOf, resources } from './kubernetes.ts'
import type { Measure } from './measures.ts'
import { isWithin, mergePatch } from './merge-patch.ts'
import type { Note, Plan } from './plan.ts'
import type {
  Clock,
  Cluster,
  ClusterReader,
  EventBus,
  GitSyncs,
  Log,
  Metrics,
  ServerPasswords,
  Sessions,
  StoredStatus,
  Traces,
} from './ports.ts'
import { slicesOf } from './slices.ts'
import type { Span } from './span.ts'
import { inTrace, logWith } from './trace.ts'

/** What the spine needs of the outside world. */
export interface Deps {
  readonly cluster: Cluster
  readonly sessions: Sessions
  readonly gitSyncs: GitSyncs
  readonly passwords: ServerPasswords
  readonly bus: EventBus
  readonly clock: Clock
  readonly log: Log
  /** Absent where nobody collects numbers. */
  readonly metrics?: Metrics
  /** Absent where nobody collects spans. */
  readonly traces?: Traces
}

/** What a gather may use: reading, and nothing else. */
export interface Senses {
  readonly reader: ClusterReader
  readonly sessions: Pick<Sessions, 'find' | 'asking'>
  readonly gitSyncs: GitSyncs
  readonly passwords: ServerPasswords
  /** When the look begins, for what is read only once it is due. */
  readonly now: Date
  /** Why it is looked at: it may spare reads, and decides nothing. */
  readonly hint: Hint
}

interface Parent extends KubeObject {
  readonly status?: object | undefined
}

/** One kind's behaviour: read, decide, and say what a refusal means. Writing is the spine's part. */
export interface Reconciler<Sight extends { readonly parent: Parent }> {
  readonly kind: OwnKind
  /** Fields that count who may do what, such as `status.activeTasks`: while they are not stored, nobody is told to do it. */
  readonly ledger?: readonly string[]
  /** Reads everything the decision needs, in one place. Undefined means the parent is gone. */
  readonly gather: (senses: Senses, key: Key) => Promise<Sight | undefined>
  /** Reads who waited for a parent that is gone, so that they are looked at. */
  readonly bereaved?: (senses: Senses, key: Key) => Promise<readonly Key[]>
  /** Pure: the same sight at the same time gives the same plan. */
  readonly decide: (sight: Sight, now: Date) => Plan
  /** Pure: the plan when the apiserver refused a write for good; `message` is its whole reason. */
  readonly refused: (sight: Sight, message: string, now: Date) => Plan
  /** Pure: the plan when others kept the apiserver from taking a write, which is tried again; absent where that is not told. */
  readonly hindered?: (sight: Sight, message: string, now: Date) => Plan
  /** Pure: what is worth counting of a plan that was carried out, beside its Events. */
  readonly measure?: (sight: Sight, plan: Plan, now: Date) => readonly Measure[]
  /** Pure: what has come to its end with a plan that was carried out, for who follows the work. */
  readonly spans?: (sight: Sight, plan: Plan, now: Date) => readonly Span[]
  /** Of the work that the object is part of; every line that is logged of it carries it. */
  readonly traceId?: (sight: Sight) => string | undefined
}

/** What a delivery did, for its log line, the bus and the metrics. */
export interface Outcome {
  readonly writes: number
  readonly againSeconds?: number
  /** Of the work that the object is part of. */
  readonly traceId?: string
}

/** The longest note of an Event, in bytes of UTF-8. A letter that is cut in two is left out. */
const noteOf = (message: string): string =>
  new TextDecoder().decode(new TextEncoder().encode(message).subarray(0, 1024)).replace(/\uFFFD$/, '')

const eventOf = (parent: KubeObject, note: Note, now: Date, ordinal: number): KubeObject => {
  const name = parent.metadata?.name ?? ''
  const stamp = (now.getTime() * 16 + ordinal).toString(16)
  return {
    apiVersion: resources.Event.apiVersion,
    kind: 'Event',
    metadata: { name: `${name.slice(0, 200)}.${stamp}`, namespace: parent.metadata?.namespace ?? 'default' },
    eventTime: `${now.toISOString().slice(0, 23)}000Z`,
    reportingController: 'kubeopencode.io/controller',
    reportingInstance: 'kubeopencode-controller',
    type: note.type,
    reason: note.reason,
    action: note.action,
    note: noteOf(note.message),
    regarding: {
      apiVersion: parent.apiVersion,
      kind: parent.kind,
      namespace: parent.metadata?.namespace,
      name,
      uid: parent.metadata?.uid,
      resourceVersion: parent.metadata?.resourceVersion,
    },
  } as KubeObject
}

const failuresOf = async (writes: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(writes)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )

const throwAll = (failures: readonly unknown[]): void => {
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(sentenceOf).join('; '))
}

/** Waits for all, so that one failed child does not stop its siblings; then says what failed. */
const all = async (writes: readonly Promise<unknown>[]): Promise<void> => throwAll(await failuresOf(writes))

/** Deletions under way at once: there may be hundreds, and others want to be served too. */
const removeWidth = 16
/** Words to others under way at once: nobody waits for them, and whoever was just told to begin goes first. */
const othersWidth = 4

/**
 * How long what was read may be acted on, in seconds. A name is no lock against a copy that thaws after what had that
 * name has come and gone: it would make it a second time.
 */
const freshSeconds = 10

/** When what a CRD of another version has pruned is written again, in seconds. */
const prunedAgainSeconds = 15

/** Whoever is told of what was not stored finds it as it was and asks again, without end. */
const assertStored = (ref: Ref, ledger: readonly string[], { pruned }: StoredStatus): void => {
  const lost = pruned.filter((path) => ledger.some((field) => isWithin(path, field)))
  if (lost.length > 0)
    throw new RetryableError(`${lost.join(', ')} of ${describeRef(ref)} is not stored${olderDefinition}`, {
      retryAfterSeconds: prunedAgainSeconds,
    })
}

/** What a plan rests on beside what it says. */
interface Grounds {
  readonly ledger: readonly string[]
  readonly now: Date
  readonly seenAt: Date
}

/** The only place that writes. Steps run in the order of Plan's fields: what a later step reports has happened by then. */
const carryOut = async (plan: Plan, parent: Parent, deps: Deps, grounds: Grounds): Promise<number> => {
  const { ledger, now, seenAt } = grounds
  const { cluster, sessions, bus, clock, log } = deps
  const own = refOf(parent)
  let version = parent.metadata?.resourceVersion ?? ''
  let writes = 0
  const counted = <T>(write: Promise<T>): Promise<T> => {
    writes += 1
    return write
  }
  /** Statuses and patches carry the version they were decided on; what has none is refused here when it comes late. */
  const assertFresh = (): void => {
    const age = (clock.now().getTime() - seenAt.getTime()) / 1000
    if (age > freshSeconds)
      throw new RetryableError(`${describeRef(own)} was read ${Math.round(age)} s ago and is looked at again`)
  }

  for (const { server, title } of plan.abort ?? []) {
    // The TERM trap in the Pod is the second line: a server that does not answer must not keep a Task alive.
    if (!(await sessions.abort(server, title)))
      log.warn('the session could not be ended on its server', { object: describeRef(own), session: title })
  }
  for (const { server, asked, reply } of plan.tell ?? []) {
    if ((await sessions.tell(server, asked, reply)) === 'unreachable')
      throw new RetryableError(`the answer for ${describeRef(own)} could not be given to the server of its Agent`)
  }
  for (const slice of slicesOf(plan.remove ?? [], removeWidth)) {
    assertFresh()
    await all(slice.map(({ ref, uid }) => counted(cluster.remove(ref, uid))))
  }
  for (const child of plan.ensure ?? []) {
    assertFresh()
    if (await cluster.create(child)) writes += 1
  }
  for (const child of plan.create ?? []) {
    assertFresh()
    if (!(await counted(cluster.create(child))))
      throw new TakenError(`${describeRef(refOf(child))} was created by another at the same time`)
  }
  if (plan.apply?.length) assertFresh()
  await all(
    (plan.apply ?? []).map((child) => counted(cluster.apply(child, { isNew: child.metadata?.uid === undefined }))),
  )
  await all(
    (plan.change ?? []).map(({ object, patch }) =>
      counted(cluster.patch(refOf(object), patch, object.metadata?.resourceVersion ?? '')),
    ),
  )
  const status = plan.status && mergePatch(parent.status ?? {}, plan.status)
  if (status) {
    const stored = await counted(cluster.patchStatus(own, status, version))
    assertStored(own, ledger, stored)
    version = stored.resourceVersion
  }
  if (plan.patch) await counted(cluster.patch(own, plan.patch, version))
  const hints: readonly Hint[] = [...(plan.wake ?? []).map((key) => ({ key })), ...(plan.hints ?? [])]
  await Promise.all(hints.map((hint) => bus.publish(hint)))
  const changes = (plan.others ?? []).flatMap(({ object, status: wanted }) => {
    const change = mergePatch(object.status ?? {}, wanted)
    const { resourceVersion = '' } = object.metadata ?? {}
    return change ? [() => cluster.patchStatus(refOf(object), change, resourceVersion)] : []
  })
  const unsaid: unknown[] = []
  for (const slice of slicesOf(changes, othersWidth))
    unsaid.push(...(await failuresOf(slice.map((say) => counted(say())))))
  throwAll(unsaid)
  // An Event is a courtesy: it must not fail or repeat what is already done.
  await all(
    (plan.events ?? []).map((note, ordinal) => counted(cluster.create(eventOf(parent, note, now, ordinal)))),
  ).catch((error: unknown) =>
    log[isLeaving(error) ? 'debug' : 'warn']('an Event could not be written', {
      object: describeRef(own),
      error: sentenceOf(error),
    }),
  )
  return writes
}

/** When to look again for a write that was not there in that time: the apiserver is slow, or has refused it. */
const lateAgainSeconds = 2

/** When what others hinder is tried again, in seconds. */
const hinderedAgainSeconds = 15

/** Decides on what is seen of an object, and does it. */
const act = async <Sight extends { readonly parent: Parent }>(
  reconciler: Reconciler<Sight>,
  key: Key,
  sight: Sight,
  deps: Deps,
  seenAt: Date,
): Promise<{ readonly writes: number; readonly againSeconds: number | undefined }> => {
  const now = deps.clock.now()
  const grounds: Grounds = { ledger: reconciler.ledger ?? [], now, seenAt }
  let plan = reconciler.decide(sight, now)
  let writes: number
  try {
    writes = await carryOut(plan, sight.parent, deps, grounds)
  } catch (error) {
    // It goes with its namespace: there is nothing to do, and nobody to tell.
    if (isLeaving(error)) return { writes: 0, againSeconds: undefined }
    const isPassing = isHindered(error)
    const answer = isTerminal(error) ? reconciler.refused : isPassing ? reconciler.hindered : undefined
    if (!answer) throw error
    const fields = { object: keyText(key), error: sentenceOf(error) }
    if (isPassing) deps.log.debug('a change is hindered and is tried again', fields)
    else deps.log.warn('the apiserver refused a change', fields)
    plan = answer(sight, sentenceOf(error), now)
    if (isPassing) plan = { ...plan, againSeconds: Math.min(plan.againSeconds ?? Infinity, hinderedAgainSeconds) }
    writes = await carryOut(plan, sight.parent, deps, grounds)
  }
  for (const { reason } of plan.events ?? []) deps.metrics?.record({ name: 'event', kind: reconciler.kind, reason })
  for (const measure of reconciler.measure?.(sight, plan, now) ?? []) deps.metrics?.record(measure)
  for (const span of (deps.traces && reconciler.spans?.(sight, plan, now)) ?? []) deps.traces?.take(span)
  return { writes, againSeconds: plan.againSeconds }
}

const look = async <Sight extends { readonly parent: Parent }>(
  reconciler: Reconciler<Sight>,
  hint: Hint,
  given: Deps,
): Promise<Outcome> => {
  const { key, cause } = hint
  const { cluster, sessions, gitSyncs, passwords, bus, clock } = given
  const seenAt = clock.now()
  const awaited = awaiting(cluster, cause, clock)
  const reader = readingAhead(awaited, hint)
  const senses: Senses = { reader, sessions, gitSyncs, passwords, now: seenAt, hint }
  const sight = await reconciler.gather(senses, key)
  if (!sight) {
    const bereaved = (await reconciler.bereaved?.(senses, key)) ?? []
    await Promise.all(bereaved.map((other) => bus.publish({ key: other })))
    return { writes: 0, ...(awaited.isLate() && { againSeconds: lateAgainSeconds }) }
  }
  const traceId = reconciler.traceId?.(sight)
  const deps = traceId === undefined ? given : { ...given, log: logWith(given.log, { traceId }) }
  try {
    const { writes, againSeconds: wanted = Infinity } = await act(reconciler, key, sight, deps, seenAt)
    const againSeconds = Math.min(wanted, awaited.isLate() ? lateAgainSeconds : Infinity)
    return {
      writes,
      ...(againSeconds !== Infinity && { againSeconds }),
      ...(traceId !== undefined && { traceId }),
    }
  } catch (error) {
    throw inTrace(error, traceId)
  }
}

/**
 * Gather, decide, apply: one delivery of one hint. Throws RetryableError where the bus should try again. Where a name was
 * taken that nobody was seen to have, it looks once more, without the hint that may have spared reads.
 */
export const reconcile = async <Sight extends { readonly parent: Parent }>(
  reconciler: Reconciler<Sight>,
  hint: Hint,
  given: Deps,
): Promise<Outcome> => {
  try {
    return await look(reconciler, hint, given)
  } catch (error) {
    if (!(error instanceof TakenError)) throw error
    return look(reconciler, { key: hint.key }, given)
  }
}
