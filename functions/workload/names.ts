import type { Agent } from '../../crds/agent.ts'
import { agentAppLabels, labels } from '../../crds/names.ts'
import type { SessionServer } from '../../shared/ports.ts'
import { guardPortName } from '../../shared/server-access.ts'

/** Names of what is made for a Task or an Agent (contract of the API: manifests, dashboards and people rely on them). */
export const taskPodName = (task: string): string => `${task}-pod`
export const taskConfigMapName = (task: string): string => `${task}-context`
export const serverName = (agent: string): string => `${agent}-server`
export const serverConfigMapName = (agent: string): string => `${agent}-server-context`
export const serverClaimName = (agent: string, use: 'sessions' | 'workspace'): string => `${agent}-server-${use}`

/** Labels of everything an Agent owns. */
export const agentLabels = (agent: string): Record<string, string> => ({
  [labels.agent]: agent,
  ...agentAppLabels(agent),
})

export const agentUrl = (agent: string, namespace: string, clusterDomain: string, port: number): string =>
  `http://${agent}.${namespace}.svc.${clusterDomain}:${port}`

/** The session of a Task is found again by this title alone. */
export const sessionTitle = (namespace: string, task: string, uid: string): string =>
  `kubeopencode/${namespace}/${task}/${uid.slice(0, 8)}`

/** Where the sessions of an Agent are asked for: at its guard, if the server that runs has a password. */
export const sessionServer = ({ metadata, spec, status }: Agent): SessionServer => {
  const { name, namespace = '', uid } = metadata
  const at = { namespace, service: name }
  return status?.authSecretName !== undefined && uid !== undefined
    ? { ...at, port: guardPortName, agentUid: uid }
    : { ...at, port: spec.port }
}
