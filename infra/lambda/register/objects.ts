import type { ClusterRole, ClusterRoleBinding, RoleBinding } from 'kubernetes-types/rbac/v1'
import type { KubeObject } from '../../../shared/kubernetes.ts'
import { askedRights } from '../../../webhooks/rights.ts'
import { parts, plainOptions } from '../../generate/install.ts'
import { rulesOf } from '../../generate/rights.ts'
import type { Settings } from '../stack/inputs.ts'
import { publicConfigurations } from '../../serverless/registration.ts'

export interface RegisterOptions extends Pick<Settings, 'namespace' | 'groups'> {
  /** Of the function, as the stack's output WebhookUrl says it. */
  readonly url: string
  readonly secret: string
}

const WEBHOOKS = 'kubeopencode-webhooks'
const rbac = 'rbac.authorization.k8s.io'

const isBinding = (object: KubeObject): object is ClusterRoleBinding | RoleBinding =>
  object.kind === 'ClusterRoleBinding' || object.kind === 'RoleBinding'

/**
 * What a cluster needs whose functions run on AWS, in the order in which it is applied: kinds, rights for the groups that
 * the access entries name, and last the webhooks, from when on the functions are asked. Throws a sentence where `url` or
 * `secret` is none.
 */
export const clusterObjects = ({ namespace, groups, url, secret }: RegisterOptions): KubeObject[] => {
  const options = plainOptions('own', namespace)
  const { crds, rights, roles } = parts(options)
  const { labels } = options
  const configurations = publicConfigurations({
    url,
    secret,
    labels,
    origins: {
      url: 'in the output WebhookUrl of the stack',
      secret: 'the parameter that the webhooks function reads',
    },
  })
  const group = (name: string) => [{ apiGroup: rbac, kind: 'Group', name }]
  const role: ClusterRole = {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: WEBHOOKS, labels },
    rules: rulesOf(Object.values(askedRights)),
  }
  const binding: ClusterRoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: WEBHOOKS, labels },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: WEBHOOKS },
    subjects: group(groups.webhooks),
  }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...crds,
    ...rights.map((object) => (isBinding(object) ? { ...object, subjects: group(groups.functions) } : object)),
    role,
    binding,
    ...roles,
    ...configurations,
  ]
}
