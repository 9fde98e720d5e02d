import { userRoles } from '../../infra/generate/roles.ts'
import type { Send } from '../../infra/cluster/rest.ts'

const made = async (send: Send, path: string, body: object): Promise<unknown> => {
  const response = await send('POST', path, { body })
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** The roles that an installation brings. */
export const installRoles = async (send: Send): Promise<void> => {
  for (const role of userRoles({})) await made(send, '/apis/rbac.authorization.k8s.io/v1/clusterroles', role)
}

export const bind = (send: Send, namespace: string, role: string, account: string): Promise<unknown> =>
  made(send, `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${account}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  })

/** A token of a ServiceAccount that exists, for the apiserver or for `audience`. */
export const tokenOf = async (send: Send, namespace: string, account: string, audience?: string): Promise<string> => {
  const { status } = (await made(send, `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { ...(audience !== undefined && { audiences: [audience] }) },
  })) as { status: { token: string } }
  return status.token
}

const patienceMs = 60_000

/** Until the apiserver, which hears of a binding by a watch of its own, acts by it. */
const untilAllowed = async (
  send: Send,
  namespace: string,
  user: string,
  right: { readonly verb: string; readonly group: string; readonly resource: string; readonly name?: string },
): Promise<void> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const { status } = (await made(send, '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user,
        resourceAttributes: { namespace, ...right },
      },
    })) as { status: { allowed: boolean } }
    if (status.allowed) return
    if (performance.now() > deadline) throw new Error(`${user} may not ${right.verb} ${right.resource} in ${namespace}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Every role that we bring may do that. */
export const userMayListTasks = (send: Send, namespace: string, user: string): Promise<void> =>
  untilAllowed(send, namespace, user, { verb: 'list', group: 'kubeopencode.io', resource: 'tasks' })

const userOf = (namespace: string, account: string): string => `system:serviceaccount:${namespace}:${account}`

export const accountMayGetSecret = (send: Send, namespace: string, account: string, name: string): Promise<void> =>
  untilAllowed(send, namespace, userOf(namespace, account), { verb: 'get', group: '', resource: 'secrets', name })

/** A person as a ServiceAccount with these ClusterRoles in the namespace; gives the token. */
export const person = async (send: Send, namespace: string, name: string, ...roles: string[]): Promise<string> => {
  await made(send, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  })
  for (const role of roles) await bind(send, namespace, role, name)
  if (roles.length > 0) await userMayListTasks(send, namespace, userOf(namespace, name))
  return tokenOf(send, namespace, name)
}
