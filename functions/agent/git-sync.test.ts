import type { Deployment } from 'kubernetes-types/apps/v1'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { ContextItem } from '../../crds/context.ts'
import type { Task } from '../../crds/task.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Plan } from '../../shared/plan.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import { agent, agentTemplate, withAgentSpec, withTemplateSpec } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { available } from '../../test/builders/core.ts'
import { commits, followedContext, report } from '../../test/builders/git-sync.ts'
import { agentSight } from '../../test/builders/sight.ts'
import { started, task } from '../../test/builders/task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import { conditionTexts, messageOf, told } from '../../test/builders/told.ts'
import { decideAgent } from './decide.ts'
import type { AgentSight } from './sight.ts'

const [first, second, third] = commits
const rollout = followedContext('Rollout')
const hotReload = followedContext('HotReload')

const says = (...reports: readonly (readonly [string, SyncReport])[]): AgentSight['syncs'] => new Map(reports)

/** The sight after a plan was carried out. */
const after = (sight: AgentSight, { apply = [], status }: Plan): AgentSight => {
  const made = apply.find(({ kind }) => kind === 'Deployment') as Deployment | undefined
  return {
    ...sight,
    parent: { ...sight.parent, ...(status && { status: status as Agent['status'] & object }) },
    configMap: (apply.find(({ kind }) => kind === 'ConfigMap') as AgentSight['configMap']) ?? sight.configMap,
    service: (apply.find(({ kind }) => kind === 'Service') as AgentSight['service']) ?? sight.service,
    deployment: made ? available(made) : sight.deployment,
  }
}

/** An Agent whose server is up, with these contexts, at this time, before anybody asked the sidecars. */
const serving = (contexts: ContextItem[], seen: Partial<AgentSight> = {}): AgentSight => {
  const begun = agentSight({ parent: agent(withAgentSpec({ contexts })), ...seen })
  const made = after(begun, decideAgent(begun, later(-90)))
  return after(made, decideAgent(made, later(-80)))
}

const running = (name: string): Task => task(withMetadata({ name, uid: name }), started(30))

const hashOf = (sight: AgentSight): string | undefined =>
  sight.deployment?.spec?.template.metadata?.annotations?.['kubeopencode.io/git-hash-config']

const statusesOf = (plan: Plan) => (plan.status as Agent['status'])?.gitSyncStatuses
const pendingOf = (plan: Plan) =>
  conditionTexts(plan.status).filter((condition) => condition.startsWith('GitSyncPending'))
const hashIn = (plan: Plan) => hashOf(after(agentSight(), plan))

interface Case {
  readonly name: string
  readonly sight: AgentSight
  readonly at?: Date
  readonly want: {
    readonly statuses: unknown
    readonly pending?: readonly string[]
    readonly hash?: string
    readonly again?: number
    readonly events?: readonly string[]
  }
}

const synced = { name: 'config', commitHash: first, lastSynced: at(-600) }
const waits = { ...synced, pendingHash: second }

describe('what the sidecars say', () => {
  const up = serving([rollout])
  const hot = serving([hotReload])
  const busy = { ...up, syncs: says(['config', report(second)]), tasks: [running('job')] }
  const held = after(busy, decideAgent(busy, now))
  const rolled = { ...after(up, decideAgent({ ...up, syncs: says(['config', report(second)]) }, now)), tasks: [] }
  const isSynced = ['GitSyncPending=False Synced']
  const isWaiting = ['GitSyncPending=True WaitingForTasks']
  const restarted = ['Normal GitSyncRollout']
  const cases: Case[] = [
    { name: 'nothing yet', sight: up, want: { statuses: [{ name: 'config' }], pending: isSynced } },
    {
      name: 'a sidecar that does not answer is asked again soon',
      sight: { ...up, syncs: says() },
      want: { statuses: [{ name: 'config' }], pending: isSynced, again: 30 },
    },
    {
      name: 'the newest commit: it is told, and the sidecar is asked after its next look',
      sight: { ...up, syncs: says(['config', report()]) },
      want: { statuses: [synced], pending: isSynced, again: 102 },
    },
    {
      name: 'HotReload: the new commit is in place already, and nothing is restarted',
      sight: { ...hot, syncs: says(['config', report(second, { commit: second, syncedAt: at(-5) })]) },
      want: { statuses: [{ name: 'config', commitHash: second, lastSynced: at(-5) }], again: 102 },
    },
    {
      name: 'HotReload with trouble: the words are told',
      sight: { ...hot, syncs: says(['config', report(second, { message: 'The agent has staged changes.' })]) },
      want: { statuses: [{ ...synced, message: 'The agent has staged changes.' }], again: 102 },
    },
    {
      name: 'Rollout: a new commit restarts an idle server at once',
      sight: { ...up, syncs: says(['config', report(second)]) },
      want: { statuses: [synced], pending: isSynced, hash: second, again: 102, events: restarted },
    },
    {
      name: 'Rollout: active Tasks hold it back',
      sight: busy,
      want: { statuses: [waits], pending: isWaiting, again: 102 },
    },
    {
      name: 'Rollout: a Task that only has its slot holds it back, too',
      sight: {
        ...serving([rollout], {
          parent: agent(withAgentSpec({ contexts: [rollout], maxConcurrentTasks: 2 })),
        }),
        syncs: says(['config', report(second)]),
        tasks: [task(withMetadata({ name: 'next', uid: 'next' }))],
      },
      want: { statuses: [waits], pending: isWaiting, again: 102 },
    },
    {
      name: 'Rollout: a Task that waits does not',
      sight: { ...up, syncs: says(['config', report(second)]), tasks: [task()] },
      want: { statuses: [synced], pending: isSynced, hash: second, again: 102, events: restarted },
    },
    {
      name: 'Rollout: the last Task has ended',
      sight: { ...held, tasks: [] },
      want: { statuses: [synced], pending: isSynced, hash: second, again: 102, events: restarted },
    },
    {
      name: 'Rollout: what was noticed is rolled out though the sidecar says nothing now',
      sight: { ...held, tasks: [], syncs: says() },
      want: { statuses: [synced], pending: isSynced, hash: second, again: 30, events: restarted },
    },
    {
      name: 'Rollout: one second before the hour',
      sight: held,
      at: later(3599),
      want: { statuses: [waits], pending: isWaiting, again: 1 },
    },
    {
      name: 'Rollout: the hour has passed',
      sight: held,
      at: later(3600),
      want: { statuses: [synced], pending: isSynced, hash: second, again: 102, events: ['Warning GitSyncRollout'] },
    },
    {
      name: 'Rollout: a still newer commit takes the place of the one that waits, and waits no longer for it',
      sight: { ...held, syncs: says(['config', report(third)]) },
      at: later(3000),
      want: { statuses: [{ ...synced, pendingHash: third }], pending: isWaiting, again: 102 },
    },
    {
      name: 'Rollout: the change was taken back while it waited',
      sight: { ...held, syncs: says(['config', report(first)]) },
      want: { statuses: [synced], pending: isSynced, again: 102 },
    },
    {
      name: 'Rollout: while the new Pod starts, nobody says anything',
      sight: { ...rolled, syncs: undefined },
      want: { statuses: [synced], pending: isSynced },
    },
    {
      name: 'Rollout: the new Pod has a still newer commit, which is what the remote has',
      sight: { ...rolled, syncs: says(['config', report(third, { commit: third, syncedAt: at(-1) })]) },
      want: { statuses: [{ name: 'config', commitHash: third, lastSynced: at(-1) }], pending: isSynced, again: 102 },
    },
    {
      name: 'Rollout: a persistent workspace that kept the old commit is not restarted again and again',
      sight: { ...rolled, syncs: says(['config', report(second, { message: 'The agent has staged changes.' })]) },
      want: { statuses: [{ ...synced, message: 'The agent has staged changes.' }], pending: isSynced, again: 102 },
    },
    {
      name: 'Rollout: nobody knows what the agent sees, so nothing is concluded',
      sight: { ...up, syncs: says(['config', { head: second, nextInSeconds: 10 }]) },
      want: { statuses: [{ name: 'config' }], pending: isSynced, again: 12 },
    },
    {
      name: 'suspended: the next start brings the newest by itself',
      sight: {
        ...held,
        syncs: undefined,
        tasks: [],
        parent: { ...held.parent, spec: { ...held.parent.spec, suspend: true } },
      },
      want: { statuses: [synced], pending: isSynced },
    },
  ]
  test.each(cases)('$name', ({ sight, at: when = now, want }) => {
    const plan = decideAgent(sight, when)
    const { again, events } = told(plan)
    expect({
      statuses: statusesOf(plan),
      ...(pendingOf(plan).length > 0 && { pending: pendingOf(plan) }),
      ...(hashIn(plan) !== hashOf(sight) && hashIn(plan) !== undefined && { hash: hashIn(plan) }),
      ...(again !== undefined && { again }),
      ...(events?.some((event) => event.includes('GitSync')) && {
        events: events.filter((event) => event.includes('GitSync')),
      }),
    }).toEqual(want)
  })

  test('the words say what waits for what, and until when', () => {
    expect(messageOf(decideAgent(busy, now), 'GitSyncPending')).toBe(
      `context config at ${second.slice(0, 12)} waits for Task job to end; the server is restarted at ${at(3600)} at the latest`,
    )
  })

  test('what is told twice is written once', () => {
    for (const sight of [up, hot, busy, held, rolled]) {
      const settled = after(sight, decideAgent(sight, now))
      const again = decideAgent(settled, later(600))
      expect(again.apply).toEqual([])
      expect(again.status).toEqual(settled.parent.status)
      expect(again.events).toEqual([])
    }
  })

  test('a context that is not followed any more is forgotten', () => {
    const parent = { ...held.parent, spec: { ...held.parent.spec, contexts: [] } }
    const plan = decideAgent({ ...held, parent, profile: mergeTemplate(parent.spec, undefined) }, now)
    expect(statusesOf(plan)).toBeUndefined()
    expect(pendingOf(plan)).toEqual([])
    expect(hashIn(plan)).toBeUndefined()
  })

  test('contexts of a template are followed as its own', () => {
    const template = agentTemplate(withTemplateSpec({ contexts: [rollout] }))
    const parent = agent(withAgentSpec({ templateRef: { name: 'base' } }))
    const inherited = serving([], { parent, template, profile: mergeTemplate(parent.spec, template.spec) })
    const plan = decideAgent({ ...inherited, syncs: says(['config', report(second)]) }, now)
    expect(hashIn(plan)).toBe(second)
  })

  test('several contexts that wait are rolled out together', () => {
    const other = followedContext('Rollout', { name: 'other', mountPath: 'other/' })
    const both = serving([rollout, other])
    const syncs = says(['config', report(second)], ['other', report(third)])
    const holding = { ...both, syncs, tasks: [running('job')] }
    const waiting = after(holding, decideAgent(holding, now))
    expect(statusesOf(decideAgent(waiting, now))?.map(({ pendingHash }) => pendingHash)).toEqual([second, third])
    const plan = decideAgent({ ...waiting, tasks: [] }, now)
    const made = after(both, plan).deployment?.spec?.template.metadata?.annotations
    expect(made).toMatchObject({ 'kubeopencode.io/git-hash-config': second, 'kubeopencode.io/git-hash-other': third })
  })
})

describe('whatever happens in whatever order', () => {
  const commit = fc.constantFrom(...commits)
  const moment = fc.record({
    seconds: fc.integer({ min: 1, max: 5000 }),
    seen: fc.option(fc.record({ commit, head: commit }), { nil: undefined }),
    tasks: fc.subarray(['one', 'two']),
    isSuspended: fc.boolean(),
  })
  const contexts = [rollout, followedContext('HotReload', { name: 'prompts', mountPath: 'prompts/' })]
  const begun = serving(contexts)

  test('nothing is written twice, and no active Task loses its server before an hour has passed', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 8 }), (moments) => {
        let sight = begun
        let seconds = 0
        let noticed: number | undefined
        for (const { seconds: more, seen, tasks, isSuspended } of moments) {
          seconds += more
          sight = {
            ...sight,
            parent: { ...sight.parent, spec: { ...sight.parent.spec, suspend: isSuspended } },
            syncs: seen && !isSuspended ? says(['config', report(seen.head, { commit: seen.commit })]) : undefined,
            tasks: tasks.map(running),
          }
          const plan = decideAgent(sight, later(seconds))
          const next = after(sight, plan)
          const isHeld = pendingOf(plan).includes('GitSyncPending=True WaitingForTasks')
          if (isHeld) noticed ??= seconds
          const isRolled = hashOf(next) !== hashOf(sight)
          if (isRolled && tasks.length > 0) expect(seconds - (noticed ?? seconds)).toBeGreaterThanOrEqual(3600)
          if (isHeld) expect(seconds - (noticed ?? seconds)).toBeLessThan(3600)
          else noticed = undefined

          const again = decideAgent(next, later(seconds))
          expect(again.apply ?? []).toEqual([])
          expect(again.status).toEqual(next.parent.status)
          expect(again.events).toEqual([])
          sight = next
        }
      }),
      { numRuns: 60 },
    )
  })
})
