import { KubeConfig } from '@kubernetes/client-node'
import { existsSync } from 'node:fs'
import { loadKubeConfig } from '../../cluster/node.ts'
import { APISERVER_CA } from '../../generate/installation.ts'

/** Signs what people write by the API, beside their own name. */
export const apiManager = 'kubeopencode-api'

const name = 'cluster'

/** The cluster of a kubeconfig and nothing that says who we are: no token, no client certificate, no plugin. */
export const withoutCredentials = (config: KubeConfig): KubeConfig => {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('the kubeconfig names no cluster')
  const bare = new KubeConfig()
  bare.loadFromClusterAndUser({ ...cluster, name }, { name: 'nobody' })
  return bare
}

const ofThePod = (variables: NodeJS.ProcessEnv): KubeConfig | undefined => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables
  if (!host || !existsSync(APISERVER_CA)) return undefined
  const config = new KubeConfig()
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  config.loadFromClusterAndUser({ name, server, caFile: APISERVER_CA, skipTLSVerify: false }, { name: 'nobody' })
  return config
}

/** The apiserver of the Pod's cluster, or of the kubeconfig, as nobody. */
export const anonymousConfig = (variables = process.env): KubeConfig =>
  ofThePod(variables) ?? withoutCredentials(loadKubeConfig())
