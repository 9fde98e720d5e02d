import type { Send } from '../../infra/cluster/rest.ts'
import { CONTROLLER } from '../../infra/generate/installation.ts'
import { parts, plainOptions } from '../../infra/generate/install.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { pathOf } from '../../shared/kubernetes.ts'
import { tokenOf } from '../apiserver/people.ts'

/** What a Pod finds in the folder of its account, and in its environment. */
export interface Account {
  readonly server: string
  readonly ca: string
  readonly token: string
  readonly namespace: string
}

const options = plainOptions()

/** The controller of an installation, to the apiserver. */
export const accountUser = `system:serviceaccount:${options.namespace}:${CONTROLLER}`

const rolesPath = ({ apiVersion, kind, metadata }: KubeObject): string => {
  const within = metadata?.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `/apis/${apiVersion}${within}/${kind?.toLowerCase()}s`
}

/** Makes the ServiceAccount of an installation with its rights and no more, where it is not there yet, and a token of it. */
export const controllerAccount = async (send: Send, server: string, ca: string): Promise<Account> => {
  const { namespace } = options
  const { rights, account } = parts(options)
  const objects = [
    { path: pathOf('ServiceAccount', namespace), body: account.controller },
    ...rights.map((body) => ({ path: rolesPath(body), body })),
  ]
  for (const { path, body } of objects) {
    const answer = await send('POST', path, { body })
    if (!answer.ok && answer.status !== 409) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  }
  return { server, ca, namespace, token: await tokenOf(send, namespace, CONTROLLER) }
}
