import type { Agent } from '../../../crds/agent.ts'
import { DEFAULT_PORT } from '../../../crds/names.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import {
  guardPortName,
  serverAuthSecretName,
  serverPasswordHeader,
  serverPasswordKey,
} from '../../../shared/server-access.ts'
import type { Apiserver, Ask } from '../apiserver.ts'
import { jsonOf } from '../objects/answer.ts'
import { readObject } from '../objects/write.ts'
import { granted, Problem, problemOfStatus, shortText, statusIn, wordOf } from '../problem.ts'

interface Secret {
  readonly data?: Readonly<Record<string, string>>
}

/** With this whoever may read it acts as the Agent, so the apiserver's own answer to the caller decides. */
const passwordOf = async (apiserver: Apiserver, namespace: string, agent: string): Promise<string> => {
  const name = serverAuthSecretName(agent)
  const response = await apiserver({ path: pathOf('Secret', namespace, name) })
  if (response.status === 404) {
    await response.body?.cancel()
    throw new Problem(
      503,
      'ServiceUnavailable',
      `the server of Agent ${namespace}/${agent} has a password, and Secret ${namespace}/${name} with it is not there: the controller makes it again`,
    )
  }
  if (response.status === 403) {
    await response.body?.cancel()
    throw new Problem(
      403,
      'Forbidden',
      `to look into the server of Agent ${namespace}/${agent} you need its password: the right to get Secret ${name} in namespace ${namespace}, as the role kubeopencode-agent-admin has it`,
    )
  }
  const { data } = await jsonOf<Secret>(await granted(response))
  const encoded = data?.[serverPasswordKey]
  if (!encoded)
    throw new Problem(
      503,
      'ServiceUnavailable',
      `Secret ${namespace}/${name} has no key ${serverPasswordKey}; delete it, and the controller makes it anew`,
    )
  return new TextDecoder().decode(Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0)))
}

/** An Agent's OpenCode server, through the apiserver's service proxy and with the caller's rights to it. */
export type AgentServer = (ask: Ask) => Promise<Response>

/**
 * Finds out how the Agent's server is reached. Whether it has a password says the status and not the Secret, which stays
 * when none is asked for any more. That is all of a status which is believed: no name and no address comes from it.
 */
export const agentServer = async (apiserver: Apiserver, namespace: string, name: string): Promise<AgentServer> => {
  const agent = await readObject<Agent>(apiserver, pathOf('Agent', namespace, name))
  const hasPassword = agent.status?.authSecretName !== undefined
  const password = hasPassword ? await passwordOf(apiserver, namespace, name) : undefined
  const port = password === undefined ? String(agent.spec.port ?? DEFAULT_PORT) : guardPortName
  const service = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}:${port}/proxy`
  return ({ path, headers, ...ask }) =>
    apiserver({
      ...ask,
      path: `${service}${path}`,
      headers: { ...headers, ...(password !== undefined && { [serverPasswordHeader]: password }) },
    })
}

const unreachable = (agent: string, said: string): Problem =>
  new Problem(
    503,
    'ServiceUnavailable',
    `the server of Agent ${agent} does not answer (${said}): it may be suspended or starting; its conditions say more`,
  )

/** What the apiserver says in the place of the server, as a Problem; undefined for what the server says itself. */
export const refusalIn = (code: number, text: string, agent: string): Problem | undefined => {
  const status = statusIn(text)
  if (!status) return undefined
  return code >= 500 ? unreachable(agent, status.message ?? '') : problemOfStatus(code, status)
}

/** JSON that the server answers. An unknown path answers 200 with a web page, which is no answer. */
export const serverJson = async <T>(server: AgentServer, agent: string, path: string): Promise<T> => {
  const response = await server({ path, headers: { accept: 'application/json' } })
  const { status: code } = response
  if (!response.ok) {
    const text = await shortText(response)
    const refusal = refusalIn(code, text, agent)
    if (refusal) throw refusal
    if (code >= 500) throw unreachable(agent, `it answered ${code}`)
    throw new Problem(code, wordOf(code), `the server of Agent ${agent} answered ${code}: ${text.slice(0, 200)}`)
  }
  if (!response.headers.get('content-type')?.includes('json')) {
    await response.body?.cancel()
    throw unreachable(agent, `${path.split('?')[0]} is not JSON`)
  }
  return jsonOf<T>(response)
}
