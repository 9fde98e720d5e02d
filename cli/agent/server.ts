import type { Agent } from '../../crds/agent.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import {
  guardPortName,
  serverAuthSecretName,
  serverPasswordHeader,
  serverPasswordKey,
} from '../../shared/server-access.ts'
import type { Access } from '../cluster/access.ts'
import { CommandError } from '../errors.ts'
import type { Upstream } from './proxy.ts'

/** The password of the Agent's server, where it has one. */
const passwordOf = async ({ api }: Access, namespace: string, agent: string): Promise<string | undefined> => {
  const name = serverAuthSecretName(agent)
  const secret = await api.find({ kind: 'Secret', namespace, name })
  const encoded = secret?.data?.[serverPasswordKey]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

/** How the server of an Agent is reached with the person's own rights. Throws a sentence where one is missing. */
export const upstreamOf = async (access: Access, { metadata, spec }: Agent): Promise<Upstream> => {
  const { api, connection, namespace } = access
  const { name } = metadata
  const service = await api.find({ kind: 'Service', namespace, name }).catch(() => undefined)
  const isGuarded = service?.spec?.ports?.some(({ name: port }) => port === guardPortName) ?? false
  // Without the right to see the Service, the Secret alone says whether there is a guard.
  const password = service && !isGuarded ? undefined : await passwordOf(access, namespace, name)
  if (isGuarded && password === undefined)
    throw new CommandError(
      `Agent ${name} has a password, and Secret ${serverAuthSecretName(name)} with it is not there: it comes back when the controller looks at the Agent`,
    )
  const port = password === undefined ? String(spec.port) : guardPortName
  return {
    url: `${connection.server}${pathOf('Service', namespace)}/http:${encodeURIComponent(name)}:${port}/proxy`,
    options: access.requestOptions,
    headers: { 'user-agent': 'kubeoc', ...(password !== undefined && { [serverPasswordHeader]: password }) },
  }
}
