import { existsSync, readFileSync } from 'node:fs'
import type { Log } from '../../../shared/ports.ts'
import { reread } from '../../cluster/credentials.ts'
import type { Endpoint } from '../../cluster/endpoint.ts'
import { identify } from '../../cluster/identity.ts'
import { serverOfPod } from '../../cluster/pod.ts'
import { APISERVER_CA } from '../../generate/installation.ts'

/** Signs what people write by the API, beside their own name. */
export const apiManager = 'kubeopencode-api'

/** The apiserver of the Pod's cluster, or of the kubeconfig, as nobody: no token, no client certificate, no plugin. */
export const anonymousEndpoint = async (log: Pick<Log, 'warn'>): Promise<Endpoint> => {
  const server = serverOfPod(process.env)
  if (server === undefined || !existsSync(APISERVER_CA)) return identify({ asNobody: true, log })
  return { server, credentials: reread(() => ({ ca: readFileSync(APISERVER_CA, 'utf8') }), log) }
}
