import type { Key } from '../../shared/hint.ts'
import type { ClusterReader } from '../../shared/ports.ts'

const pageSize = 500

/** Agents whose idle time or quota window is over, of those that have such a time before them: the apiserver knows which. */
export async function* dueAgents(reader: ClusterReader, now: Date): AsyncGenerator<readonly Key[]> {
  let next: string | undefined
  do {
    const page = await reader.list('Agent', {
      fieldSelector: 'status.dueTime!=',
      limit: pageSize,
      ...(next !== undefined && { continue: next }),
    })
    yield page.items
      .filter(({ status }) => Date.parse(status?.dueTime ?? '') <= now.getTime())
      .map(({ metadata: { name, namespace = '' } }) => ({ kind: 'Agent', namespace, name }))
    next = page.continue
  } while (next !== undefined)
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
