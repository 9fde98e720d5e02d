import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { CONTROLLER } from '../../infra/generate/installation.ts'
import { controllerRights, serverKeyRights } from '../../infra/generate/roles.ts'
import { tokenOf } from '../apiserver/people.ts'
import type { Rig } from '../bench/rig.ts'

const alreadyThere = 409

/** What it is to the apiserver. */
export const functionsAccountUser = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`

/** Somebody who may do what the functions may do, and nothing else; gives the token. May be asked for more than once. */
export const functionsAccount = async ({ send }: Rig): Promise<string> => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await send('POST', path, { body })
    if (!answer.ok && answer.status !== alreadyThere)
      throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  }
  await post(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: CONTROLLER },
  })
  for (const object of [...controllerRights(SYSTEM_NAMESPACE, {}), ...serverKeyRights(SYSTEM_NAMESPACE, {})]) {
    const plural = `${object.kind?.toLowerCase()}s`
    const isCluster = object.kind?.startsWith('Cluster')
    await post(isCluster ? `${rbac}/${plural}` : `${rbac}/namespaces/${SYSTEM_NAMESPACE}/${plural}`, object)
  }
  return tokenOf(send, SYSTEM_NAMESPACE, CONTROLLER)
}
