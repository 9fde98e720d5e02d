import type { Agent } from '../../crds/agent.ts'
import { conditionOf, withConditions } from '../../shared/conditions.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { StatusChange } from '../../shared/plan.ts'
import type { AgentTask } from './queue.ts'
import { stretchMs } from './queue.ts'
import { waitingStatus, waitOf } from './waiting.ts'

/** The first places are exact; further back a number is right within a factor of two. */
const exactPlaces = 5
/** How many are rewritten in one look. */
const mostAtOnce = 20

const isFar = (written: number, position: number): boolean =>
  Math.min(written, position) <= exactPlaces ? written !== position : written >= 2 * position || position >= 2 * written

export interface Places {
  readonly changes: readonly StatusChange[]
  /** When places that are left as they are now will be rewritten. */
  readonly againSeconds?: number
}

/** Nothing now, and a look at all of the Agent in the next stretch. */
export const placesLater = (now: Date): Places => ({
  changes: [],
  againSeconds: (stretchMs - (now.getTime() % stretchMs)) / 1000,
})

/**
 * Rewrites what waiting Tasks say of themselves where it is too far from the truth. `waiting` is the queue in its order,
 * `next` the Agent as it will be. The cost does not grow with the queue: docs/decisions/0012-places-in-a-queue.md.
 */
export const placesOf = (waiting: readonly AgentTask[], next: Agent, profile: Profile, now: Date): Places => {
  const changes = waiting.flatMap((task, index): StatusChange[] => {
    const { status } = task
    const wait = status?.phase === 'Queued' ? waitOf(next, profile, task, now) : undefined
    if (!wait) return []
    const position = index + 1
    const { queue, condition } = waitingStatus(task, wait, position, now)
    const said = conditionOf(status?.conditions, 'Queued')
    const written = status?.queue?.position
    const isStale =
      written === undefined ||
      isFar(written, position) ||
      said?.reason !== condition.reason ||
      (position <= exactPlaces && said.message !== condition.message)
    if (!isStale) return []
    const { generation } = task.metadata
    const conditions = withConditions(status?.conditions, [condition], now, generation)
    return [{ object: task, status: { ...status, queue, conditions } }]
  })
  return changes.length > mostAtOnce ? { ...placesLater(now), changes: changes.slice(0, mostAtOnce) } : { changes }
}
