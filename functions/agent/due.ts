import { pagesOf } from '../../shared/pages.ts'
import type { Due } from '../schedule/due.ts'
import { hintAt } from '../schedule/due.ts'
import type { Admission } from './queue.ts'

/** Agents whose idle time or quota window is over, of those that have such a time before them: the apiserver knows which. */
export const dueAgents: Due = async function* (reader, stretch) {
  for await (const agents of pagesOf(reader, 'Agent', { fieldSelector: 'status.dueTime!=' }))
    yield agents.flatMap(({ metadata: { name, namespace = '' }, status }) =>
      hintAt({ kind: 'Agent', namespace, name }, Date.parse(status?.dueTime ?? ''), stretch),
    )
}

/**
 * The earliest of `deadlines` (milliseconds since 1970), as status.dueTime has it. One that was written stays while it
 * is to come and not later than needed: an early look does no harm, a write for each sign of life of a terminal would.
 */
export const dueTimeOf = (written: string | undefined, deadlines: readonly number[], now: Date): string | undefined => {
  const needed = Math.min(...deadlines)
  if (written !== undefined && Date.parse(written) > now.getTime() && Date.parse(written) <= needed) return written
  return Number.isFinite(needed) ? new Date(needed).toISOString() : undefined
}

/** When to see whether a Task has left the queue that was just called: who called it may not live to tell it. */
const callCheckMs = 5_000

export const callCheck = ({ admitted }: Admission, now: Date): readonly number[] =>
  admitted.some(({ status }) => status?.phase === 'Queued') ? [now.getTime() + callCheckMs] : []
