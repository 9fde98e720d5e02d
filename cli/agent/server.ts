import type { Agent } from '../../crds/agent.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import { guardPortName, serverPasswordHeader, serverPasswordKey } from '../../shared/server-access.ts'
import type { Access } from '../cluster/access.ts'
import { CommandError } from '../errors.ts'
import type { Upstream } from './proxy.ts'

const passwordIn = async ({ api, namespace }: Access, agent: string, name: string): Promise<string> => {
  const secret = await api.find({ kind: 'Secret', namespace, name })
  const encoded = secret?.data?.[serverPasswordKey]
  if (encoded === undefined)
    throw new CommandError(
      `Agent ${agent} has a password, and Secret ${name} with it is not there: it is made again when its server is restarted`,
    )
  return Buffer.from(encoded, 'base64').toString('utf8')
}

/**
 * How the server of an Agent is reached with the person's own rights: by its guard with the password, or where it has none
 * by its own port. Throws a sentence where a right is missing.
 */
export const upstreamOf = async (access: Access, { metadata, spec, status }: Agent): Promise<Upstream> => {
  const { connection, namespace } = access
  const { name } = metadata
  const secretName = status?.authSecretName
  const password = secretName === undefined ? undefined : await passwordIn(access, name, secretName)
  const port = password === undefined ? String(spec.port) : guardPortName
  return {
    url: `${connection.server}${pathOf('Service', namespace)}/http:${encodeURIComponent(name)}:${port}/proxy`,
    options: access.requestOptions,
    headers: { 'user-agent': 'kubeoc', ...(password !== undefined && { [serverPasswordHeader]: password }) },
  }
}
