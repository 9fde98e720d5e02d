/** A condition as the Kubernetes API conventions define it. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export type ConditionUpdate = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Kubernetes stores whole seconds. */
export const timestamp = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type)

/**
 * `conditions` with `updates` in place. lastTransitionTime moves only when a status changes, so that a settled
 * object gives the very same list; the order is kept, new types go to the end.
 */
export const withConditions = (
  conditions: readonly Condition[] | undefined,
  updates: readonly ConditionUpdate[],
  now: Date,
  observedGeneration: number | undefined,
): Condition[] => {
  const result = [...(conditions ?? [])]
  for (const update of updates) {
    const index = result.findIndex((condition) => condition.type === update.type)
    const before = result[index]
    const next: Condition = {
      ...update,
      lastTransitionTime: before?.status === update.status ? before.lastTransitionTime : timestamp(now),
      ...(observedGeneration !== undefined && { observedGeneration }),
    }
    if (before) result[index] = next
    else result.push(next)
  }
  return result
}

export const withoutCondition = (conditions: readonly Condition[], type: string): Condition[] =>
  conditions.filter((condition) => condition.type !== type)

/** Seconds from an RFC 3339 time until `now`; 0 for a missing time. */
export const secondsSince = (time: string | undefined, now: Date): number =>
  time === undefined ? 0 : (now.getTime() - Date.parse(time)) / 1000
