import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Agent } from '../../crds/agent.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp } from '../../shared/conditions.ts'
import { covers } from '../../shared/covers.ts'
import { someOf } from '../../shared/some-of.ts'
import { appliedHash, askedHash } from './builders.ts'
import { longestWaitSeconds } from './queue.ts'
import type { AgentSight } from './sight.ts'

/** Whether a restart waits for this Agent's Tasks to end. */
export const isHeldBack = ({ status }: Agent): boolean =>
  ['GitSyncPending', 'Reconciling'].some((type) => {
    const said = conditionOf(status?.conditions, type)
    return said?.status === 'True' && said.reason === 'WaitingForTasks'
  })

/** A restart that waits. */
export interface HeldBack {
  readonly condition: ConditionUpdate
  /** When it is made whatever runs. */
  readonly leftSeconds: number
}

/**
 * Whether a server that serves is left as it is while its Tasks are at work. Only what this Agent, its template or its contexts
 * do not ask for can wait: another default image, another version of ours, other settings of the cluster. What somebody else has
 * changed is put right at once.
 */
export const heldBack = (
  { parent: { status }, deployment }: AgentSight,
  wanted: Deployment,
  isServing: boolean,
  active: readonly string[],
  now: Date,
): HeldBack | undefined => {
  if (!deployment || !isServing || active.length === 0) return undefined
  const { [appliedHash]: applied, [askedHash]: asked } = deployment.metadata?.annotations ?? {}
  const { [appliedHash]: wish, [askedHash]: ask } = wanted.metadata?.annotations ?? {}
  const [pod, wantedPod] = [deployment.spec?.template, wanted.spec?.template]
  const isNewWish = applied !== wish && !covers(pod, wantedPod)
  const isAskedFor = (asked !== undefined && asked !== ask) || !covers(pod?.metadata, wantedPod?.metadata)
  if (!isNewWish || isAskedFor) return undefined
  const said = conditionOf(status?.conditions, 'Reconciling')
  const since = said?.reason === 'WaitingForTasks' ? said.lastTransitionTime : timestamp(now)
  const leftSeconds = longestWaitSeconds - secondsSince(since, now)
  if (leftSeconds <= 0) return undefined
  const deadline = timestamp(new Date(Date.parse(since) + longestWaitSeconds * 1000))
  const message = `the server is to be restarted as the cluster's settings or images ask, and waits for Task ${someOf(active)} to end; it is restarted at ${deadline} at the latest`
  return { condition: { type: 'Reconciling', status: 'True', reason: 'WaitingForTasks', message }, leftSeconds }
}
