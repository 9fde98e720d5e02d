import type { Agent } from '../../crds/agent.ts'
import type { EnvVar, Pod, Secret } from 'kubernetes-types/core/v1'
import type { ServerAccess, ServerPasswords } from '../../shared/ports.ts'
import { ownedBy } from '../../shared/kubernetes.ts'
import {
  serverAuthSecretName,
  serverPasswordKey,
  serverPasswordName,
  serverUser,
  serverUserName,
} from '../../shared/server-access.ts'
import { agentLabels } from './names.ts'
import { statusesOf } from './pod-outcome.ts'
import type { Settings } from './settings.ts'

export const accessTo = (
  passwords: ServerPasswords,
  { metadata: { namespace = '', name, uid = '' } }: Agent,
): Promise<ServerAccess> => passwords.of({ namespace, name, uid })

/** Not immutable: the kubelet would go on giving out one that was deleted and made anew with another key. */
export const authSecret = (agent: Agent, { password }: ServerAccess): Secret =>
  ownedBy<Secret>(agent, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: serverAuthSecretName(agent.metadata.name), labels: agentLabels(agent.metadata.name) },
    type: 'Opaque',
    data: { [serverPasswordKey]: btoa(password) },
  })

/** Whether the kubelet says that `pod` waits for the Secret of this Agent's password. */
export const missesPassword = (pod: Pod, agent: string): boolean =>
  statusesOf(pod).some(({ state }) =>
    state?.waiting?.message?.includes(`secret "${serverAuthSecretName(agent)}" not found`),
  )

/** Whether a client has to bring the password: a server asks for it, or may still ask until it is rolled. */
export const hasPassword = ({ status }: Agent, { security }: Settings): boolean =>
  security.requireServerPassword || status?.authSecretName !== undefined

/** What OpenCode's server and its clients read the password from. No value of it is ever in a Pod's spec. */
export const passwordEnv = (agent: string): EnvVar[] => [
  { name: serverUserName, value: serverUser },
  {
    name: serverPasswordName,
    valueFrom: { secretKeyRef: { name: serverAuthSecretName(agent), key: serverPasswordKey } },
  },
]
