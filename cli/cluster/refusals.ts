import { CommandError } from '../errors.ts'
import { plainText } from '../io.ts'

/** What an apiserver says when it refuses (metav1.Status), as far as it is read. */
export interface Refusal {
  readonly code: number
  readonly reason?: string
  readonly message?: string
}

/** Whose request it was, for the remedy. */
export interface Caller {
  readonly context: string
  readonly user: string
  readonly server: string
  /** When the person's own certificate has ended, where there is one. */
  readonly certificateEnds?: Date
}

/** Roles of the installation that give a right, from the least one on. */
const roleFor = (verb: string, resource: string): string | undefined => {
  const isReading = ['get', 'list', 'watch'].includes(verb)
  const own = ['agents', 'agenttemplates', 'crontasks', 'kubeopencodeconfigs', 'tasks']
  if (isReading && [...own, 'pods', 'pods/log', 'events'].includes(resource)) return 'kubeopencode-viewer'
  if (['tasks', 'crontasks'].includes(resource)) return 'kubeopencode-user'
  // Who reaches an Agent's server acts as the Agent.
  if (['agents', 'agenttemplates', 'services/proxy', 'secrets'].includes(resource)) return 'kubeopencode-agent-admin'
  return undefined
}

/** As RBAC says it: `User "x" cannot list resource "tasks" in API group "kubeopencode.io" in the namespace "y"`. */
const forbidden = (message: string): string | undefined => {
  const [, verb, resource] = /cannot (\w+) resource "([^"]+)"/.exec(message) ?? []
  if (verb === undefined || resource === undefined) return undefined
  const [, namespace] = /in the namespace "([^"]+)"/.exec(message) ?? []
  const where = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`
  const role = roleFor(verb, resource)
  const remedy =
    role === undefined ? 'ask an administrator for it' : `ask an administrator to bind you the ClusterRole ${role}`
  return `you may not ${verb} ${resource} ${where}: ${remedy}`
}

const loginAgain = ({ context, user, certificateEnds }: Caller, now: Date): string =>
  certificateEnds && certificateEnds < now
    ? `the client certificate of user ${user} (context ${context}) has expired on ${certificateEnds.toISOString()}: get a new one`
    : `the apiserver does not accept the credentials of user ${user} (context ${context}): log in again, or name another --context`

/** The sentence for a refusal. `what` is what was tried, such as `cannot list tasks`. */
export const refused = (refusal: Refusal, what: string, caller: Caller, now: Date): CommandError => {
  const { code } = refusal
  const message = plainText(refusal.message ?? `the apiserver answered ${code}`)
  if (code === 401) return new CommandError(loginAgain(caller, now))
  if (code === 403) return new CommandError(`${what}: ${forbidden(message) ?? message}`)
  if (code === 404 && /could not find the requested resource|page not found/.test(message))
    return new CommandError(
      `${what}: the cluster of context ${caller.context} does not know this kind: install KubeOpenCode there, or name another --context`,
    )
  return new CommandError(`${what}: ${message}`)
}

interface Trouble {
  readonly code?: string
  readonly syscall?: string
  readonly path?: string
}

const chainOf = (error: unknown): readonly Error[] => {
  if (!(error instanceof Error)) return []
  const inner = error instanceof AggregateError ? error.errors.flatMap(chainOf) : []
  return [error, ...inner, ...chainOf(error.cause)]
}

const tls: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: have it renewed',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is not signed by the CA of the kubeconfig: correct certificate-authority-data',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is not signed by the CA of the kubeconfig: correct certificate-authority-data',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not signed by the CA of the kubeconfig: correct certificate-authority-data',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is not signed by the CA of the kubeconfig: correct certificate-authority-data',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names: correct the address, or set tls-server-name',
}

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'no connection came about',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about',
  UND_ERR_SOCKET: 'the connection was cut',
}

/** The sentence for an apiserver that has not answered. No text of the error itself: it may hold a header. */
export const unreached = (error: unknown, { server, context, user }: Caller, timeoutMs: number): CommandError => {
  const chain = chainOf(error)
  const troubles = chain as readonly (Error & Trouble)[]
  const at = `the apiserver at ${server} (context ${context})`
  const plugin = troubles.find(({ syscall }) => syscall?.startsWith('spawn'))
  if (plugin)
    return new CommandError(
      `the credential plugin of user ${user} cannot be run: ${plugin.path ?? 'the command'} is not there; install it, or name another --context`,
      { cause: error },
    )
  if (chain.some(({ name }) => name === 'TimeoutError'))
    return new CommandError(
      `${at} did not answer within ${timeoutMs / 1000} s: is it up, and is there a VPN to switch on? A longer --request-timeout waits longer`,
      { cause: error },
    )
  const code = troubles.flatMap(({ code }) => code ?? []).find((one) => one in tls || one in network)
  if (code !== undefined && code in tls)
    return new CommandError(`${at} cannot be trusted: ${tls[code]}`, { cause: error })
  const why = code === undefined ? (troubles.flatMap((one) => one.code ?? [])[0] ?? 'no answer') : network[code]
  return new CommandError(`${at} cannot be reached: ${why}. Is it up, and is it the right context?`, { cause: error })
}
