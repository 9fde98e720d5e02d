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

/** A controller that runs has looked at a new Agent long before. */
const unseenMs = 60_000

const isUnready = ({ metadata, status }: Agent, now: Date): boolean => {
  const ready = conditionOf(status?.conditions, 'Ready')
  const age = now.getTime() - Date.parse(metadata.creationTimestamp ?? '')
  return ready ? ready.status !== 'True' : age > unseenMs
}

const unreadyFinding = (agent: Agent, now: Date): Finding => {
  const ready = conditionOf(agent.status?.conditions, 'Ready')
  const { creationTimestamp, name, namespace } = agent.metadata
  return warning(
    `agent ${nameOf(agent)}`,
    ready
      ? `is not ready since ${sinceText(ready.lastTransitionTime, now)} (${ready.reason}): ${oneLine(ready.message)}; kubeoc describe agent ${name} -n ${namespace} says more`
      : `was created ${sinceText(creationTimestamp, now)} ago and nobody has looked at it: does the controller run?`,
  )
}

/** Agents that take no Tasks and were not told to rest, each with what its server waits for. */
export const readinessFindings = (agents: readonly Agent[], where: string, now: Date): Finding[] => {
  const unready = agents.filter((agent) => isUnready(agent, now))
  const unnamed = unready.length - mostNamed
  if (unready.length === 0) return [ok(subject, `are ready, or suspended as asked (${agents.length} ${where})`)]
  return [
    ...unready.slice(0, mostNamed).map((agent) => unreadyFinding(agent, now)),
    ...(unnamed > 0 ? [warning(subject, `are not ready: ${unnamed} more ${where}; kubeoc get agents shows them`)] : []),
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
  const findings = (agents: readonly Agent[], where: string): Finding[] => [
    ...readinessFindings(agents, where, now),
    passwordFinding(agents, where),
  ]
  try {
    const agents = await api.list('Agent').catch(() => undefined)
    return agents
      ? findings(agents, 'in all namespaces')
      : findings(await api.list('Agent', { namespace }), `in namespace ${namespace}`)
  } catch (error) {
    return [unknown(subject, sentenceOf(error))]
  }
}
