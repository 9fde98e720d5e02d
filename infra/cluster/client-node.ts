import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { RequestContext } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { sentenceOf } from '../../shared/errors.ts'
import { reread } from './credentials.ts'
import type { Credentials, Identity, IdentityOptions } from './endpoint.ts'

const noCluster = 'no cluster: set KUBECONFIG, name a --kubeconfig, or run in a Pod with a ServiceAccount token'

/** The kubeconfig a user's tools would use: the named file, KUBECONFIG, ~/.kube/config, or the Pod's own account. */
export const loadKubeConfig = (options: { kubeconfig?: string; context?: string } = {}): KubeConfig => {
  const config = new KubeConfig()
  const { kubeconfig } = options
  try {
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig)
    else config.loadFromDefault()
  } catch (cause) {
    const where = kubeconfig ?? process.env['KUBECONFIG'] ?? 'at ~/.kube/config'
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const why = isMissing ? 'there is no such file' : (sentenceOf(cause).split('\n')[0] ?? '')
    throw new Error(`the kubeconfig ${where} cannot be read: ${why}`, { cause })
  }
  // Where it finds nothing, client-node makes up a cluster at this address.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') throw new Error(noCluster)
  if (options.context !== undefined) {
    const names = config.getContexts().map(({ name }) => name)
    if (!names.includes(options.context))
      throw new Error(`context "${options.context}" is not in the kubeconfig; it has ${names.join(', ') || 'none'}`)
    config.setCurrentContext(options.context)
  }
  return config
}

/** client-node's own dispatcher, for the proxies it knows. */
const proxyDispatcher = async (config: KubeConfig): Promise<Dispatcher | undefined> => {
  let dispatcher: Dispatcher | undefined
  const context: Pick<RequestContext, 'setHeaderParam' | 'setDispatcher'> = {
    setHeaderParam: () => {},
    setDispatcher: (chosen) => {
      dispatcher = chosen as Dispatcher | undefined
    },
  }
  await config.applySecurityAuthentication(context as RequestContext)
  return dispatcher
}

const certificateOf = (config: KubeConfig): string | undefined => {
  const { certData, certFile } = config.getCurrentUser() ?? {}
  if (certData) return Buffer.from(certData, 'base64').toString('utf8')
  return certFile ? readFileSync(certFile, 'utf8') : undefined
}

/** The cluster of a kubeconfig and nothing that says who we are. */
const withoutUser = (config: KubeConfig): KubeConfig => {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error(noCluster)
  const bare = new KubeConfig()
  bare.loadFromClusterAndUser(cluster, { name: 'nobody' })
  return bare
}

/** client-node gives a file's token with the line's end. */
const plainHeaders = ({ headers = {}, auth }: Pick<RequestOptions, 'headers' | 'auth'>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim()])),
  ...(auth && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
})

/** The identity of any kubeconfig: credential plugins, proxies, several files. */
export const identityOf = ({ asNobody = false, log, ...options }: IdentityOptions): Identity => {
  const named = loadKubeConfig(options)
  const config = asNobody ? withoutUser(named) : named
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error(noCluster)
  const context = named.getCurrentContext()
  const read = async (): Promise<Credentials> => {
    const found: RequestOptions = {}
    await config.applyToHTTPSOptions(found)
    const { agent, auth, headers, ...others } = found
    return {
      ...others,
      headers: plainHeaders({ headers, auth }),
      // Another one would stay the same when an authority or a certificate is replaced.
      ...(cluster.proxyUrl && agent && { agent }),
    }
  }
  return {
    server: cluster.server.replace(/\/$/, ''),
    credentials: reread(read, log),
    ...(cluster.proxyUrl && { proxy: () => proxyDispatcher(config) }),
    context,
    user: config.getCurrentUser()?.name ?? '',
    namespace: named.getContextObject(context)?.namespace,
    certificate: certificateOf(config),
  }
}
