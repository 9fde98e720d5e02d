import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { itself, named } from '../observe.ts'

/** A template counts the Agents that use it, so it looks when one comes, goes or changes sides. */
export const observeAgent: Wake = ({ operation, metadata, prior }) => {
  const users = [metadata, ...(prior ? [prior] : [])].flatMap((side) =>
    named('AgentTemplate', side, labels.agentTemplate),
  )
  const isSettled = operation === 'UPDATE' && users[0]?.name === users[1]?.name
  return [itself('Agent', metadata), ...(isSettled ? [] : users)]
}
