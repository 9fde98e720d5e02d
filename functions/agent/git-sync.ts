import type { Agent, AgentStatus, GitSyncStatus } from '../../crds/agent.ts'
import { annotations } from '../../crds/names.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp, withConditions, withoutCondition } from '../../shared/conditions.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { Note } from '../../shared/plan.ts'
import { someOf } from '../../shared/some-of.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import type { Followed } from '../workload/git-sync.ts'
import { followedContexts } from '../workload/git-sync.ts'
import { guardPortOf } from './access.ts'
import { activeNames, longestWaitSeconds } from './queue.ts'
import type { AgentSight } from './sight.ts'

/** When to ask a sidecar again that did not answer. */
const silentAgainSeconds = 30
/** The sidecar looks first, then it is asked what it saw. */
const afterLookSeconds = 2

/** Ports that an Agent's own settings take, the guard's among them. */
const portsOf = (port: number, { extraPorts = [] }: Profile): readonly number[] => {
  const taken = [port, ...extraPorts.map((extra) => extra.port)]
  return [...taken, guardPortOf(taken)]
}

export const followedBy = ({ spec }: Agent, profile: Profile): Followed[] =>
  followedContexts(profile.contexts ?? [], portsOf(spec.port, profile))

/** What following the remotes means for the Agent now. */
export interface Following {
  readonly statuses: readonly GitSyncStatus[]
  /** Annotations of the pod template: a new value rolls the Deployment. */
  readonly hashes: Readonly<Record<string, string>>
  /** GitSyncPending; undefined where no context has the policy Rollout. */
  readonly condition: ConditionUpdate | undefined
  readonly notes: readonly Note[]
  readonly againSeconds?: number
}

const annotationOf = (name: string): string => `${annotations.gitHashPrefix}${name}`

const short = (commit: string): string => commit.slice(0, 12)

interface Look {
  readonly isSuspended: boolean
  /** Whether its objects may be written now. */
  readonly isSound: boolean
  /** uids of Tasks that have a slot, besides those that have a Pod. */
  readonly slots: readonly string[]
}

/** Commit that the server should be restarted for. What was detected counts as long as nobody says otherwise. */
const pendingOf = (
  report: SyncReport | undefined,
  before: GitSyncStatus | undefined,
  rolledOut: string | undefined,
): string | undefined => {
  const head = report ? report.head : before?.pendingHash
  const commit = report ? report.commit : before?.commitHash
  // On a persistent workspace a rollout may leave the old commit in place: it is not tried twice.
  return head !== undefined && commit !== undefined && head !== commit && head !== rolledOut ? head : undefined
}

const statusOf = (
  { name }: Followed,
  report: SyncReport | undefined,
  before: GitSyncStatus | undefined,
  pending: string | undefined,
): GitSyncStatus => {
  const { pendingHash: _past, ...known } = before ?? { name }
  const { commit, syncedAt, message } = report ?? {}
  return {
    ...(report
      ? {
          name,
          ...(commit !== undefined && { commitHash: commit }),
          ...(syncedAt !== undefined && { lastSynced: timestamp(new Date(syncedAt)) }),
          ...(message !== undefined && { message }),
        }
      : known),
    ...(pending !== undefined && { pendingHash: pending }),
  }
}

const againOf = (sight: AgentSight, followed: readonly Followed[], waitSeconds: number | undefined) => {
  const asked = followed.map(({ name, intervalSeconds }) => {
    const report = sight.syncs?.get(name)
    return report ? report.nextInSeconds + afterLookSeconds : Math.min(silentAgainSeconds, intervalSeconds)
  })
  const waits = [...(sight.syncs ? asked : []), ...(waitSeconds === undefined ? [] : [waitSeconds])]
  return waits.length > 0 ? { againSeconds: Math.max(1, Math.ceil(Math.min(...waits))) } : {}
}

/**
 * Compares what the sidecars say with what is rolled out. A new commit of a Rollout context waits for active Tasks, for
 * an hour at most from the moment it was noticed; all contexts that wait are rolled out together.
 */
export const followRemotes = (sight: AgentSight, look: Look, now: Date): Following => {
  const { parent, profile, deployment, syncs, tasks } = sight
  const followed = followedBy(parent, profile)
  const rolledOut = deployment?.spec?.template.metadata?.annotations ?? {}
  const entries = followed.map((one) => {
    const report = syncs?.get(one.name)
    const before = parent.status?.gitSyncStatuses?.find(({ name }) => name === one.name)
    const hash = rolledOut[annotationOf(one.name)]
    // The next start of a suspended server brings the newest commit by itself.
    const mayWait = one.policy === 'Rollout' && deployment !== undefined && !look.isSuspended
    return { one, report, before, hash, pending: mayWait ? pendingOf(report, before, hash) : undefined }
  })
  const pending = entries.filter((entry) => entry.pending !== undefined)
  const active = activeNames(tasks, look.slots)

  const held = conditionOf(parent.status?.conditions, 'GitSyncPending')
  const since = held?.status === 'True' ? held.lastTransitionTime : timestamp(now)
  const leftSeconds = longestWaitSeconds - secondsSince(since, now)
  const isForced = active.length > 0 && leftSeconds <= 0
  const isWaiting = pending.length > 0 && (!look.isSound || (active.length > 0 && !isForced))
  const isRolling = pending.length > 0 && !isWaiting

  const texts = someOf(pending.map((entry) => `context ${entry.one.name} at ${short(entry.pending ?? '')}`))
  const deadline = timestamp(new Date(Date.parse(since) + longestWaitSeconds * 1000))
  const hasRollout = followed.some(({ policy }) => policy === 'Rollout')
  const condition = (): ConditionUpdate =>
    isWaiting
      ? {
          type: 'GitSyncPending',
          status: 'True',
          reason: 'WaitingForTasks',
          message: look.isSound
            ? `${texts} waits for Task ${someOf(active)} to end; the server is restarted at ${deadline} at the latest`
            : `${texts} waits until the Agent's fault is mended`,
        }
      : { type: 'GitSyncPending', status: 'False', reason: 'Synced', message: 'no new commit waits' }

  return {
    statuses: entries.map((entry) =>
      statusOf(entry.one, entry.report, entry.before, isWaiting ? entry.pending : undefined),
    ),
    hashes: Object.fromEntries(
      entries.flatMap(({ one, hash, pending: commit }): [string, string][] => {
        const value = (isRolling ? commit : undefined) ?? hash
        return value === undefined ? [] : [[annotationOf(one.name), value]]
      }),
    ),
    condition: hasRollout ? condition() : undefined,
    notes: isRolling
      ? [
          {
            type: isForced ? 'Warning' : 'Normal',
            reason: 'GitSyncRollout',
            action: 'Rollout',
            message: `the server is restarted with ${texts}${isForced ? `, although Task ${someOf(active)} is active: an hour has passed` : ''}`,
          },
        ]
      : [],
    ...againOf(sight, followed, isWaiting && look.isSound ? leftSeconds : undefined),
  }
}

/** `status` with what is known of the followed repositories, and without what is known of others. */
export const withFollowing = (
  status: AgentStatus,
  { statuses, condition }: Following,
  now: Date,
  generation: number | undefined,
): AgentStatus => {
  const { gitSyncStatuses: _before, ...rest } = status
  const conditions = withConditions(status.conditions, condition ? [condition] : [], now, generation)
  return {
    ...rest,
    ...(statuses.length > 0 && { gitSyncStatuses: [...statuses] }),
    conditions: condition ? conditions : withoutCondition(conditions, 'GitSyncPending'),
  }
}
