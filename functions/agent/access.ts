import type { Agent } from '../../crds/agent.ts'
import { annotations } from '../../crds/names.ts'
import type { Container, Secret } from 'kubernetes-types/core/v1'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import {
  guardPortName,
  serverAuthSecretName,
  serverPasswordDigestName,
  serverPasswordName,
} from '../../shared/server-access.ts'
import { helper } from '../workload/init-containers.ts'
import { authSecret, missesPassword, passwordEnv } from '../workload/password.ts'
import type { Settings } from '../workload/settings.ts'
import type { AgentSight } from './sight.ts'

/** What is done about the password now. */
export interface AccessPlan {
  /** Digest the server starts with; undefined where it has no password. */
  readonly digest: string | undefined
  /** The Secret, where it may not be there yet. */
  readonly ensure: readonly Secret[]
  readonly warning: ConditionUpdate | undefined
}

const digestIn = ({ deployment }: AgentSight): string | undefined =>
  deployment?.spec?.template.metadata?.annotations?.[annotations.serverPassword]

/**
 * The Secret is made before the Deployment that names it, and again where the kubelet misses it. It is never read:
 * the server's own container compares what it is given with the digest. A key that has changed does not stop a server
 * that runs; whoever changed it is told what to do.
 */
export const accessOf = (sight: AgentSight): AccessPlan => {
  const { access, parent, pods } = sight
  if (!access) return { digest: undefined, ensure: [], warning: undefined }
  const { namespace = '', name } = parent.metadata
  const deployed = digestIn(sight)
  if (deployed === undefined || pods.some((pod) => missesPassword(pod, name)))
    return { digest: access.digest, ensure: [authSecret(parent, access)], warning: undefined }
  return {
    digest: deployed,
    ensure: [],
    warning:
      deployed === access.digest
        ? undefined
        : {
            type: 'ServerPasswordWarning',
            status: 'True',
            reason: 'KeyChanged',
            message: `the password of the server was made with another key than the controller has now, so its sessions cannot be looked at: delete Secret ${namespace}/${serverAuthSecretName(name)} and Deployment ${namespace}/${name}-server, and they are made anew`,
          },
  }
}

/** Secret with the server's password as the status names it: once there is a server that has it, until there is none. */
export const authSecretNameOf = (sight: AgentSight, isRolling: boolean): string | undefined => {
  const { parent } = sight
  if (digestIn(sight) !== undefined) return serverAuthSecretName(parent.metadata.name)
  return isRolling ? parent.status?.authSecretName : undefined
}

const firstPort = 9400

/** A port for the guard that nothing else in the Pod has. */
export const guardPortOf = (taken: readonly number[]): number => {
  let port = firstPort
  while (taken.includes(port)) port += 1
  return port
}

/** Who the server's password is asked from, and the digest it must have. */
export const guardedEnv = (agent: string, digest: string) => [
  ...passwordEnv(agent),
  { name: serverPasswordDigestName, value: digest },
]

const secretText = ({ metadata: { name, namespace = '' } }: Agent): string =>
  `${namespace}/${serverAuthSecretName(name)}`

/** Shell lines that end the container where the password is not the one that was made for its server. */
export const passwordCheck = (agent: Agent): string =>
  [
    `if [ "$(printf %s "$${serverPasswordName}" | sha256sum | cut -c 1-64)" != "$${serverPasswordDigestName}" ]; then`,
    `  echo 'Secret ${secretText(agent)} does not hold the password that was made for this server, or the image has no sha256sum. Delete the Secret; it is made anew.' | tee /dev/termination-log`,
    '  exit 1',
    'fi',
  ].join('\n')

/** The sidecar that lets callers in which cannot carry Basic auth, and that asks the server how it is for the kubelet. */
export const guardContainer = (agent: Agent, port: number, digest: string, settings: Settings): Container => ({
  ...helper('guard', settings),
  args: ['guard'],
  env: [
    ...guardedEnv(agent.metadata.name, digest),
    { name: 'GUARD_SECRET', value: secretText(agent) },
    { name: 'GUARD_PORT', value: String(port) },
    { name: 'GUARD_SERVER_PORT', value: String(agent.spec.port) },
  ],
  ports: [{ name: guardPortName, containerPort: port }],
  resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '192Mi' } },
})
