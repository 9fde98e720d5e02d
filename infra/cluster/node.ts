import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { RequestContext } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { Agent } from 'undici'
import { sentenceOf } from '../../shared/errors.ts'
import type { Reached } from './plain.ts'
import type { Connection } from './rest.ts'
import { waysOver } from './undici.ts'

/** Certificates and tokens rotate on disk; this is how long one reading of them is used. */
const credentialsMs = 30_000

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

/** Idle connections are kept for the next burst of events; apiservers keep theirs longer. */
const keepAliveMs = 60_000

interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly ways: ReturnType<typeof waysOver>
  /** What they make their connections with. */
  readonly tls: string
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

/** Without the fields that are not set: undici takes an undefined for a wish. */
const present = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))

const basicOf = (auth: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(auth).toString('base64')}`,
})

/** Reads what may have rotated. Connections stay open as long as they would be made in the same way again. */
const readCredentials = async (config: KubeConfig, before?: Credentials): Promise<Credentials> => {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername, auth, headers = {} } = options
  const connect = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }
  const tls = Object.values(connect).map(String).join('\n')
  const dispatcher = async () =>
    config.getCurrentCluster()?.proxyUrl
      ? proxyDispatcher(config)
      : // HTTP/2 would put every watch on one connection, of which an apiserver takes a bounded number of streams, and
        // undici throws out of nowhere when that connection is closed under it.
        new Agent({ connect: present(connect), keepAliveTimeout: keepAliveMs, allowH2: false })
  return {
    headers: { ...(headers as Record<string, string>), ...(auth && basicOf(auth)) },
    ways: before?.tls === tls ? before.ways : waysOver(await dispatcher()),
    tls,
  }
}

const signed = (init: RequestInit, headers: Credentials['headers']): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), ...headers },
})

/** A connection for Node. The kubeconfig's CA, client certificates, tokens, exec plugins and proxies are client-node's part. */
export const connect = (config: KubeConfig, manager: string): Connection => {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error(noCluster)
  let credentials: Promise<Credentials> | undefined
  let known: Credentials | undefined
  let readAt = 0
  const read = async (): Promise<Credentials> => (known = await readCredentials(config, known))
  const current = (): Promise<Credentials> => {
    if (!credentials || performance.now() - readAt > credentialsMs) {
      readAt = performance.now()
      credentials = read()
      credentials.catch(() => (credentials = undefined))
    }
    return credentials
  }
  return {
    server: cluster.server.replace(/\/$/, ''),
    manager,
    fetch: async (url, init) => {
      const { headers, ways } = await current()
      return ways.fetch(url, signed(init, headers))
    },
    request: async (url, init) => {
      const { headers, ways } = await current()
      return ways.request(url, signed(init, headers))
    },
  }
}

const certificateOf = (config: KubeConfig): string | undefined => {
  const { certData, certFile } = config.getCurrentUser() ?? {}
  if (certData) return Buffer.from(certData, 'base64').toString('utf8')
  return certFile ? readFileSync(certFile, 'utf8') : undefined
}

/** The way to the apiserver of any kubeconfig; `plain.ts` has a quicker one for the usual. */
export const reach = (options: { kubeconfig?: string; context?: string }, manager: string): Reached => {
  const config = loadKubeConfig(options)
  const context = config.getCurrentContext()
  let held: Promise<RequestOptions> | undefined
  let readAt = 0
  return {
    connection: connect(config, manager),
    context,
    user: config.getCurrentUser()?.name ?? '',
    namespace: config.getContextObject(context)?.namespace,
    certificate: certificateOf(config),
    requestOptions: () => {
      if (!held || performance.now() - readAt > credentialsMs) {
        readAt = performance.now()
        const found: RequestOptions = {}
        held = config.applyToHTTPSOptions(found).then(() => found)
        held.catch(() => (held = undefined))
      }
      return held
    },
  }
}
