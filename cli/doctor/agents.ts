import type { Agent } from '../../crds/agent.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { Access } from '../cluster/access.ts'
import type { Finding } from './check.ts'
import { ok, unknown, warning } from './check.ts'

const subject = 'agents'

/** How many Agents are named; the remedy is the same for all. */
const mostNamed = 5

/** Agents whose servers have passwords of another key than the controllers have. */
export const passwordFinding = (agents: readonly Agent[], where: string): Finding => {
  const shutOut = agents.filter(
    ({ status }) => conditionOf(status?.conditions, 'ServerPasswordWarning')?.status === 'True',
  )
  if (shutOut.length === 0)
    return ok(subject, `have servers that take the password of the controllers (${agents.length} ${where})`)
  const names = shutOut.slice(0, mostNamed).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
  const more = shutOut.length > mostNamed ? ` and ${shutOut.length - mostNamed} more` : ''
  return warning(
    subject,
    `have servers whose sessions the controllers cannot look at, as their passwords were made with another key (KeyChanged): ${names.join(', ')}${more}; ` +
      'bring Secret kubeopencode-server-key back, or delete Secret AGENT-server-auth and Deployment AGENT-server of each, which ends what it is at work for (docs/upgrade.md, When the key is lost)',
  )
}

/** Of all namespaces, or where the person may not see them, of theirs. */
export const checkAgents = async ({ api, namespace }: Access): Promise<Finding[]> => {
  try {
    const agents = await api.list('Agent').catch(() => undefined)
    return [
      agents
        ? passwordFinding(agents, 'in all namespaces')
        : passwordFinding(await api.list('Agent', { namespace }), `in namespace ${namespace}`),
    ]
  } catch (error) {
    return [unknown(subject, sentenceOf(error))]
  }
}
