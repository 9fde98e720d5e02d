import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { CONTROLLER } from '../../infra/generate/installation.ts'
import { controllerRights, serverKeyRights } from '../../infra/generate/roles.ts'
import { rulesOf } from '../../infra/generate/rights.ts'
import { askedRights } from '../../webhooks/rights.ts'
import { tokenOf } from '../apiserver/people.ts'
import type { Rig } from '../bench/rig.ts'

const alreadyThere = 409

/** What it is to the apiserver. */
export const functionsAccountUser = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`

const rbac = '/apis/rbac.authorization.k8s.io/v1'

const posting =
  ({ send }: Rig) =>
  async (path: string, body: object): Promise<void> => {
    const answer = await send('POST', path, { body })
    if (!answer.ok && answer.status !== alreadyThere)
      throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  }

const account = (post: ReturnType<typeof posting>, name: string): Promise<void> =>
  post(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
  })

/** Somebody who may read what admission asks, and nothing else, as the webhooks on AWS; gives the token. */
export const webhooksAccount = async (rig: Rig): Promise<string> => {
  const [name, post] = ['kubeopencode-webhooks', posting(rig)]
  await account(post, name)
  const rules = rulesOf(Object.values(askedRights))
  await post(`${rbac}/clusterroles`, { kind: 'ClusterRole', metadata: { name }, rules })
  await post(`${rbac}/clusterrolebindings`, {
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: SYSTEM_NAMESPACE }],
  })
  return tokenOf(rig.send, SYSTEM_NAMESPACE, name)
}

/** Somebody who may do what the functions may do, and nothing else; gives the token. May be asked for more than once. */
export const functionsAccount = async (rig: Rig): Promise<string> => {
  const post = posting(rig)
  await account(post, CONTROLLER)
  const subject = { kind: 'ServiceAccount', name: CONTROLLER, namespace: SYSTEM_NAMESPACE } as const
  for (const object of [...controllerRights(subject, {}), ...serverKeyRights(subject, {})]) {
    const plural = `${object.kind?.toLowerCase()}s`
    const isCluster = object.kind?.startsWith('Cluster')
    await post(isCluster ? `${rbac}/${plural}` : `${rbac}/namespaces/${SYSTEM_NAMESPACE}/${plural}`, object)
  }
  return tokenOf(rig.send, SYSTEM_NAMESPACE, CONTROLLER)
}
