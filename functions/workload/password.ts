import type { Agent } from '../../crds/agent.ts'
import type { EnvVar } from 'kubernetes-types/core/v1'
import {
  serverAuthSecretName,
  serverPasswordKey,
  serverPasswordName,
  serverUser,
  serverUserName,
} from '../../shared/server-access.ts'
import type { Settings } from './settings.ts'

/** Whether an Agent's server has a password, or may still have one because the cluster's settings have just changed. */
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
