import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { userRoles } from '../../infra/generate/roles.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { knownToApiserver } from './people.ts'
import type { Served } from './served.ts'

const rbac = 'rbac.authorization.k8s.io'

/** The roles an installation brings for people. */
export const installRoles = async ({ send }: Served): Promise<void> => {
  for (const role of userRoles({})) await send('POST', `/apis/${rbac}/v1/clusterroles`, { body: role })
}

/** Somebody with this ClusterRole in namespace `default`, or with no rights at all. Gives the path of their kubeconfig. */
export const personWith = async (served: Served, name: string, role?: string): Promise<string> => {
  const { cluster, send, dir, kubeconfig, kubectl } = served
  const asAdministrator = (...words: string[]): string =>
    execFileSync(kubectl, ['--kubeconfig', kubeconfig, ...words], { encoding: 'utf8' })
  await cluster.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
  } as KubeObject)
  if (role !== undefined)
    await send('POST', `/apis/${rbac}/v1/namespaces/default/rolebindings`, {
      body: {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace: 'default' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
      },
    })
  if (role !== undefined) await knownToApiserver(send, 'default', name)
  const token = asAdministrator('create', 'token', name).trim()
  const config = parse(asAdministrator('config', 'view', '--raw', '--flatten')) as { users: { user: object }[] }
  for (const entry of config.users) entry.user = { token }
  const file = join(dir, `${name}.kubeconfig`)
  writeFileSync(file, JSON.stringify(config))
  return file
}
