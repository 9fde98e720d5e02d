import type { FunctionRow } from '../../functions/table.ts'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject, OwnKind, Ref } from '../../shared/kubernetes.ts'
import type { Request } from './apiserver/request.ts'
import type { Change } from './apiserver/store.ts'
import type { Copy, Wire } from './copies.ts'
import type { Answer, Crash, Fault } from './fault.ts'
import { carrier } from './hints.ts'
import { invariants } from './invariants/index.ts'
import { isOurs } from './invariants/invariant.ts'
import type { Violation } from './invariants/invariant.ts'
import type { Scenario } from './scenario.ts'
import { createStage, randomFrom } from './stage.ts'
import { createWorld } from './world.ts'

export interface Run {
  readonly scenario: Scenario
  readonly fault: Fault
  readonly seed: number
  /** Processes of the controller; more than one take their turns in any order. */
  readonly copies: number
  /** The functions, where they are not the project's own. */
  readonly rows?: readonly FunctionRow[]
}

/** One call of the functions, in a run's count. */
export interface Call {
  readonly verb: Request['verb']
  readonly what: string
  /** Whether it was made before the desired end was reached. */
  readonly isEarly: boolean
}

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly calls: readonly Call[]
  readonly hints: number
  readonly history: readonly Change[]
  /** Virtual seconds until the desired end. */
  readonly seconds: number
}

const start = '2026-06-01T12:00:00Z'
const second = 1000
/** Virtual time to the desired end: ten sweeps for each of the steps a story has, the longest timeout, and a few for each Task. */
const limitMs = 6_000 * second
const limitMsPerTask = 800 * second
/** Longer than a sweep of every copy takes to come. */
const quietMs = 130 * second
const restMs = 900 * second
const lingerMs = 3 * second
const thawMs = 600 * second

const isWrite = (verb: Request['verb']): boolean => verb !== 'get' && verb !== 'list'

const nameIn = (body: object | undefined): string | undefined => (body as KubeObject | undefined)?.metadata?.name

/** Which object a call was made for: the writers sign with the key of their delivery. */
const keyOf = (by: string | undefined): Key | undefined => {
  const [, kind, namespace = '', name = ''] = /: (\w+)\/([^/]*)\/(.+)$/.exec(by ?? '') ?? []
  return kind === undefined ? undefined : { kind: kind as OwnKind, name, ...(namespace !== '' && { namespace }) }
}

/** Plays a scenario with its fault to the desired end and beyond, and says what did not hold. */
export const play = async ({ scenario, fault, seed, copies, rows }: Run): Promise<Outcome> => {
  const random = randomFrom(seed)
  const stage = createStage(
    Date.parse(scenario.startAt ?? start),
    copies > 1 ? { kind: 'any', random } : { kind: 'as they come' },
    random,
  )
  const faults = fault.kind === 'many' ? fault.faults : [fault]
  const longest = (kind: 'early hints' | 'slow'): number =>
    Math.max(0, ...faults.map((one) => (one.kind === kind ? one.milliseconds : 0)))
  const slowMs = longest('slow')
  const calls: Call[] = []
  const violations: Violation[] = []
  const numbers = new WeakMap<Request, number>()
  let isEarly = true
  let waitingFor = 0
  let outageMs = 0
  let outages = 0
  /** Who is at work again when an outage is over. */
  const asleep = new Set<Copy>()
  let doneSteps = 0
  let settledWrites: string[] | undefined
  let lastWriteAt = 0

  const crash = (copy: Copy, request: Request, { moment, old }: Crash): void => {
    const next = world.addCopy()
    if (outages > 0) {
      next.state = 'frozen'
      asleep.delete(copy)
      asleep.add(next)
    }
    const key = keyOf(request.by)
    if (old === 'ended') {
      copy.state = moment === 'answered' ? 'dying' : 'ended'
      return
    }
    copy.state = 'frozen'
    copy.writesLeft = 1
    waitingFor += 1
    // A queue hands on what was not acknowledged.
    if (key) void next.bus.publish({ key })
    stage.after(old === 'lingers' ? lingerMs : thawMs, () => {
      copy.state = 'thawed'
      stage.after(60 * second, () => {
        copy.state = 'ended'
        waitingFor -= 1
      })
    })
  }
  const crashAt = (moment: Crash['moment'], copy: Copy, request: Request): void => {
    for (const one of faults)
      if (one.kind === 'crash' && one.moment === moment && one.call === numbers.get(request)) crash(copy, request, one)
  }
  const wire: Wire = {
    before: (copy, request) => {
      const number = calls.length
      const what = `${request.verb} ${request.kind} ${request.name ?? nameIn(request.body) ?? ''}${request.subresource ? '/status' : ''}`
      calls.push({ verb: request.verb, what, isEarly })
      numbers.set(request, number)
      if (isWrite(request.verb)) {
        settledWrites?.push(what)
        lastWriteAt = stage.now()
      }
      let misfortune: Answer | undefined
      for (const one of faults) {
        if (one.kind === 'clock' && one.call === number) stage.jump(one.seconds * second)
        if (one.kind === 'haste' && one.call === number) advance(true)
        if (one.kind === 'answer' && one.call === number) misfortune = one.answer
      }
      crashAt('before', copy, request)
      return misfortune
    },
    changesAgo: (request) => {
      const number = numbers.get(request)
      for (const one of faults) if (one.kind === 'old' && one.call === number) return one.changes
      return undefined
    },
    takes: () => (slowMs > 0 ? random() * slowMs : 0),
    committed: (copy, request) => crashAt('committed', copy, request),
    answered: (copy, request) => crashAt('answered', copy, request),
  }

  const hints = carrier(faults, stage)
  const world = createWorld({
    scenario,
    stage,
    wire,
    carry: hints.carry,
    isAgainKept: !faults.some((one) => one.kind === 'every hint' && one.what === 'drop'),
    earlyMs: longest('early hints'),
    concurrency: copies > 1 ? 8 : 2,
    ...(rows && { rows }),
  })
  const { store, look, person } = world
  const people = scenario.people ?? []

  /** Nobody is at work for a while. */
  const breakOff = (seconds: number): void => {
    waitingFor += 1
    outages += 1
    outageMs += seconds * second
    for (const copy of world.atWork()) {
      copy.state = 'frozen'
      asleep.add(copy)
    }
    stage.after(seconds * second, () => {
      waitingFor -= 1
      outages -= 1
      if (outages > 0) return
      for (const copy of asleep) copy.state = 'at work'
      asleep.clear()
    })
  }

  const advance = (isHasty = false): void => {
    const step = people[doneSteps]
    if (!step) return
    if (!(isHasty ? (step.mayHaste?.(look) ?? false) : step.when(look))) return
    doneSteps += 1
    const doIt = (): void => {
      if (step.outageSeconds) breakOff(step.outageSeconds(look))
      step.act(person)
    }
    if (step.afterSeconds === undefined || isHasty) return doIt()
    waitingFor += 1
    stage.after(step.afterSeconds * second, () => {
      waitingFor -= 1
      doIt()
    })
  }

  const watchers = invariants
    .filter(({ judges }) => faults.every(({ kind }) => judges?.includes(kind) ?? true))
    .map(({ id, watch }) => watch(look, (message, ref) => violations.push({ invariant: id, message, ref })))
  store.watch((change) => {
    for (const { see } of watchers) see?.(change)
    advance()
  })

  for (let count = 0; count < copies; count += 1) world.addCopy()
  void person.createAll(scenario.objects)
  const tasks = scenario.objects.filter(({ kind }) => kind === 'Task').length
  /** Where a clock has jumped a story may take another way: what matters then is that it comes to rest, and that all is told. */
  const isAtRest = (): boolean =>
    stage.now() > restMs &&
    look.all('Task').every(({ status }) => status?.completionTime !== undefined || status?.phase === 'Running') &&
    look
      .all('CronTask')
      .every(({ status }) => Date.parse(status?.nextScheduleTime ?? '9999-01-01') > stage.wall() + restMs)
  const hasJumped = faults.some(({ kind }) => kind === 'clock')
  const isEnd = (): boolean => (doneSteps === people.length && scenario.isDone(look)) || (hasJumped && isAtRest())
  const isOver = (): boolean => {
    advance()
    return waitingFor === 0 && isEnd()
  }
  const jumpedMs = faults.reduce((sum, one) => sum + (one.kind === 'clock' ? Math.abs(one.seconds) * second : 0), 0)
  const isReached = await stage.play(isOver, () => limitMs + limitMsPerTask * tasks + jumpedMs + outageMs)
  const seconds = stage.now() / second
  isEarly = false
  const whole: Ref = { kind: 'Task', name: scenario.name }
  if (isReached) {
    settledWrites = []
    const settled = store.history.length
    lastWriteAt = stage.now()
    // A sweep may find what no event has told; after that nobody has anything to say.
    const isQuiet = await stage.play(
      () => stage.now() - lastWriteAt >= quietMs,
      () => 3 * quietMs,
    )
    const change = store.history.slice(settled).findLast(isOurs)
    if (!isQuiet)
      violations.push({
        invariant: 'I8',
        message: `the world stood still, and this was written: ${settledWrites.join(', ')}`,
        ref: change?.ref ?? whole,
      })
    if (!isEnd()) violations.push({ invariant: 'I8', message: 'the desired end did not last', ref: whole })
    for (const { end } of watchers) end?.()
  } else violations.push({ invariant: 'I8', message: `the desired end was not reached in ${seconds} s`, ref: whole })
  for (const bug of world.copies.flatMap((copy) => copy.bugs))
    violations.push({ invariant: 'bug', message: bug, ref: whole })
  return { violations, calls, hints: hints.count(), history: store.history, seconds }
}
