import type { Deployment } from 'kubernetes-types/apps/v1'
import { pathOf } from '../../infra/cluster/rest.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'
import { version } from '../version.ts'

export interface VersionOptions extends ClusterOptions {
  readonly client?: boolean
  readonly output?: string
}

/** Which Deployments are the installation's controller, whatever it is called and wherever it is. */
export const controllerSelector = 'app.kubernetes.io/name=kubeopencode,app.kubernetes.io/component=controller'

/** The controller's Deployments in the whole cluster, or in its usual namespace where the person may see no more. */
export const controllersIn = async ({ api }: Access, systemNamespace: string): Promise<Deployment[]> => {
  const query = `?${new URLSearchParams({ labelSelector: controllerSelector })}`
  const listed = (namespace?: string) =>
    api.ask<{ items: Deployment[] }>('cannot list deployments', 'GET', `${pathOf('Deployment', namespace)}${query}`)
  const found = await listed().catch(() => listed(systemNamespace))
  return found?.items ?? []
}

const tagOf = (image: string): string => /@|:([^/]+)$/.exec(image)?.[1] ?? image

export const controllerVersion = (deployment: Deployment): string =>
  deployment.metadata?.labels?.['app.kubernetes.io/version'] ??
  tagOf(deployment.spec?.template?.spec?.containers[0]?.image ?? '')

export const printVersions = async (io: Io, options: VersionOptions): Promise<void> => {
  const output = outputOf(options.output, ['text', 'json'] as const) ?? 'text'
  const versions: Record<string, string> = { kubeoc: version }
  if (options.client !== true) {
    const { SYSTEM_NAMESPACE } = await import('../../crds/names.ts')
    const access = await openCluster(options, io)
    const server = await access.api.ask<{ gitVersion: string }>('cannot ask for the version', 'GET', '/version')
    versions['apiserver'] = server?.gitVersion ?? 'unknown'
    const [controller] = await controllersIn(access, SYSTEM_NAMESPACE).catch(() => [])
    versions['controller'] = controller ? controllerVersion(controller) : 'not seen'
  }
  if (output === 'json') print(io, JSON.stringify(versions, undefined, 2))
  else for (const [name, text] of Object.entries(versions)) print(io, `${`${name}:`.padEnd(12)}${text}`)
}
