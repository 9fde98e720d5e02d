import { functionsTable } from '../../functions/table.ts'
import type { FunctionRow } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { Hint } from '../../shared/hint.ts'
import type { GitSyncs, Sessions } from '../../shared/ports.ts'
import { hooks } from '../../webhooks/table.ts'
import type { Request } from './apiserver/request.ts'
import { createApiserver } from './apiserver/server.ts'
import type { Result } from './apiserver/status.ts'
import type { Copy, Wire } from './copies.ts'
import { createCopy } from './copies.ts'
import { collect } from './players/collector.ts'
import { createDesk } from './players/desk.ts'
import { deployments } from './players/deployments.ts'
import { handOf } from './players/hand.ts'
import { briefLife, kubelet } from './players/kubelet.ts'
import type { Look, Scenario } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface WorldOptions {
  readonly scenario: Scenario
  readonly stage: Stage
  readonly wire: Wire
  /** Passes hints on, or does not: gives those that arrive now. */
  readonly carry: (hint: Hint, arrive: (hint: Hint) => void) => void
  readonly isAgainKept: boolean
  /** Milliseconds between an observer's hint and the storage of its write. */
  readonly earlyMs: number
  readonly concurrency: number
  readonly rows?: readonly FunctionRow[]
}

/** Everything there is in a run, and nothing that has happened yet. */
export const createWorld = (options: WorldOptions) => {
  const { scenario, stage, wire, carry, earlyMs, concurrency, isAgainKept } = options
  const rows = options.rows ?? functionsTable(builtIn)
  const copies: Copy[] = []
  const aborted: string[] = []
  let isMuted = false

  const atWork = (): Copy[] => copies.filter(({ state }) => state === 'at work')
  /** The Service of the webhooks gives each review to any copy. */
  const arrive = (hint: Hint): void => {
    const able = atWork()
    void able[Math.floor(stage.random() * able.length)]?.bus.publish(hint)
  }
  const apiserver = createApiserver({
    now: stage.wall,
    hooks,
    publish: (hint) => {
      if (!isMuted) carry(hint, arrive)
    },
  })
  const { store } = apiserver

  const ask = (request: Request): Result | Promise<Result> => {
    if (earlyMs === 0) return apiserver.request(request)
    const rehearsed = apiserver.request({ ...request, isRehearsal: true })
    if (request.verb === 'get' || request.verb === 'list' || rehearsed.code >= 300) return rehearsed
    return new Promise((resolve) => {
      stage.after(earlyMs, () => {
        isMuted = true
        const result = apiserver.request(request)
        isMuted = false
        resolve(result)
      })
    })
  }
  const hand = (by: string) => handOf(by, stage, store, ask)

  const desk = createDesk(hand('kubelet'))
  const sessions: Sessions = {
    find: async () => (scenario.isServerSilent ? 'unreachable' : undefined),
    abort: async (_server, title) => {
      aborted.push(title)
      return !scenario.isServerSilent
    },
    asking: async () => (scenario.isServerSilent ? 'unreachable' : desk.asking()),
    tell: async (_server, { id }, { verdict }) => (scenario.isServerSilent ? 'unreachable' : desk.tell(id, verdict)),
  }

  const gitSyncs: GitSyncs = { read: async () => scenario.syncReport?.(look) }
  /** Another process of the controller. */
  const addCopy = (): Copy => {
    const copy = createCopy({
      name: `copy ${copies.length + 1}`,
      stage,
      ask,
      rows,
      sessions,
      gitSyncs,
      wire,
      publish: (hint, from) =>
        carry(hint, (carried) => (from.state === 'at work' ? void from.bus.publish(carried) : arrive(carried))),
      isAgainKept,
      concurrency,
      firstTickSeconds: 5 + 2 * copies.length,
      firstSweepSeconds: 60 + 20 * copies.length,
    })
    copies.push(copy)
    return copy
  }

  store.watch(kubelet(hand('kubelet'), scenario.lifeOf ?? (() => briefLife)))
  store.watch(deployments(hand('deployment controller')))
  const collector = hand('garbage collector')
  let isCollecting = false
  store.watch(({ after }) => {
    // What is made by who does not know that its owner has gone is garbage too.
    const mayBeGarbage = !after || after.metadata?.ownerReferences || after.metadata?.deletionTimestamp
    if (!mayBeGarbage || isCollecting) return
    isCollecting = true
    collector.later(1, () => {
      isCollecting = false
      while (collect(apiserver));
    })
  })

  const person = hand('people')
  const look: Look = {
    read: person.read,
    all: person.all,
    store,
    wall: stage.wall,
    latestWall: stage.latestWall,
    aborted,
    told: desk.told,
  }
  return { apiserver, store, copies, addCopy, atWork, look, person }
}
