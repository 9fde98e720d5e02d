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

/** The way to a server, and what kept its password from the person, where there may be one. */
export interface ServerWay {
  readonly upstream: Upstream
  readonly refusal?: CommandError
}

/** The password of the Agent's server: undefined where it has none. */
const passwordOf = async ({ api }: Access, namespace: string, agent: string): Promise<string | undefined> => {
  const secret = await api.find({ kind: 'Secret', namespace, name: serverAuthSecretName(agent) })
  const encoded = secret?.data?.[serverPasswordKey]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

const toRefusal = (error: unknown): CommandError => {
  if (error instanceof CommandError) return error
  throw error
}

/** How the server of an Agent is reached with the person's own rights. Throws a sentence where one is missing. */
export const wayTo = async (access: Access, { metadata, spec }: Agent): Promise<ServerWay> => {
  const { api, connection, namespace } = access
  const { name } = metadata
  const service = await api.find({ kind: 'Service', namespace, name }).catch(() => undefined)
  const isGuarded = service?.spec?.ports?.some(({ name: port }) => port === guardPortName) ?? false
  // Without the right to see the Service, the Secret alone says whether there is a guard.
  const password = service && !isGuarded ? undefined : await passwordOf(access, namespace, name).catch(toRefusal)
  if (isGuarded && password instanceof CommandError) throw password
  if (isGuarded && password === undefined)
    throw new CommandError(
      `Agent ${name} has a password, and Secret ${serverAuthSecretName(name)} with it is not there: it comes back when the controller looks at the Agent`,
    )
  const isKnown = typeof password === 'string'
  const port = isKnown ? guardPortName : String(spec.port)
  return {
    upstream: {
      url: `${connection.server}${pathOf('Service', namespace)}/http:${encodeURIComponent(name)}:${port}/proxy`,
      options: access.requestOptions,
      headers: { 'user-agent': 'kubeoc', ...(isKnown && { [serverPasswordHeader]: password }) },
    },
    ...(password instanceof CommandError && { refusal: password }),
  }
}
