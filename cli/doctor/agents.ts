import type { Agent } from '../../crds/agent.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Access } from '../cluster/access.ts'
import { sinceText } from '../durations.ts'
import type { Finding } from './check.ts'
import { ok, unknown, warning } from './check.ts'

const subject = 'agents'

/** How many Agents are named. */
const mostNamed = 5

const nameOf = ({ metadata: { namespace, name } }: Agent): string => `${namespace}/${name}`

/** A controller that runs has looked at an Agent by then. */
const seenWithinMs = 60_000

/** Why an Agent takes no Tasks, where it was not told to rest. How long tells a start from a fault. */
const troubleOf = ({ metadata, status }: Agent, now: Date): string | undefined => {
  const { creationTimestamp, name, namespace } = metadata
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready?.status === 'True') return undefined
  if (ready)
    return `has not been ready for ${sinceText(ready.lastTransitionTime, now)} (${ready.reason}): ${oneLine(ready.message)}; kubeoc describe agent ${name} -n ${namespace} says more`
  return now.getTime() - Date.parse(creationTimestamp ?? '') < seenWithinMs
    ? undefined
    : `was created ${sinceText(creationTimestamp, now)} ago and nobody has looked at it: does the controller run?`
}

/** Where Agents were looked for: in words, and as kubeoc takes it. */
interface Where {
  readonly words: string
  readonly flag: string
}

/** Agents that take no Tasks, each with what its server waits for. */
export const readinessFindings = (agents: readonly Agent[], { words, flag }: Where, now: Date): Finding[] => {
  const troubled = agents.flatMap((agent) => {
    const trouble = troubleOf(agent, now)
    return trouble === undefined ? [] : [warning(`agent ${nameOf(agent)}`, trouble)]
  })
  const unnamed = troubled.length - mostNamed
  if (troubled.length === 0) return [ok(subject, `are ready, suspended as asked, or new (${agents.length} ${words})`)]
  return [
    ...troubled.slice(0, mostNamed),
    ...(unnamed > 0
      ? [warning(subject, `take no Tasks: ${unnamed} more ${words}; kubeoc get agents ${flag} shows them`)]
      : []),
  ]
}

/** Agents whose servers have passwords of another key than the controllers have. */
export const passwordFinding = (agents: readonly Agent[], where: string): Finding => {
  const shutOut = agents.filter(
    ({ status }) => conditionOf(status?.conditions, 'ServerPasswordWarning')?.status === 'True',
  )
  if (shutOut.length === 0)
    return ok(subject, `have servers that take the password of the controllers (${agents.length} ${where})`)
  const names = shutOut.slice(0, mostNamed).map(nameOf)
  const more = shutOut.length > mostNamed ? ` and ${shutOut.length - mostNamed} more` : ''
  return warning(
    subject,
    `have servers whose sessions the controllers cannot look at, as their passwords were made with another key (KeyChanged): ${names.join(', ')}${more}; ` +
      'bring Secret kubeopencode-server-key back, or delete Secret AGENT-server-auth and Deployment AGENT-server of each, which ends what it is at work for (docs/upgrade.md, When the key is lost)',
  )
}

/** Of all namespaces, or where the person may not see them, of theirs. */
export const checkAgents = async ({ api, namespace }: Access, now: Date): Promise<Finding[]> => {
  const findings = (agents: readonly Agent[], where: Where): Finding[] => [
    ...readinessFindings(agents, where, now),
    passwordFinding(agents, where.words),
  ]
  try {
    const agents = await api.list('Agent').catch(() => undefined)
    return agents
      ? findings(agents, { words: 'in all namespaces', flag: '-A' })
      : findings(await api.list('Agent', { namespace }), {
          words: `in namespace ${namespace}`,
          flag: `-n ${namespace}`,
        })
  } catch (error) {
    return [unknown(subject, sentenceOf(error))]
  }
}
