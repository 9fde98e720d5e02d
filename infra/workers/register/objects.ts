import type { Secret, ServiceAccount } from 'kubernetes-types/core/v1'
import { parts, plainOptions } from '../../generate/install.ts'
import { CONTROLLER } from '../../generate/installation.ts'
import type { KubeObject } from '../../../shared/kubernetes.ts'
import { publicConfigurations } from '../../serverless/registration.ts'

export interface RegisterOptions {
  readonly namespace: string
  /** Of the Worker. */
  readonly url: string
  readonly secret: string
}

/**
 * What a cluster needs whose functions are a Worker, in the order in which it is applied: kinds, the account of the
 * functions with a token that does not end, its rights, and last the webhooks, from when on the Worker is asked. Throws
 * a sentence where `url` or `secret` is none.
 */
export const clusterObjects = ({ namespace, url, secret }: RegisterOptions): KubeObject[] => {
  const options = plainOptions('own', namespace)
  const { labels } = options
  const configurations = publicConfigurations({
    url,
    secret,
    labels,
    origins: { url: 'of the Worker', secret: 'its secret WEBHOOK_SECRET' },
  })
  const { crds, rights, roles } = parts(options)
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: CONTROLLER, namespace, labels },
    automountServiceAccountToken: false,
  }
  const token: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${CONTROLLER}-token`,
      namespace,
      labels,
      annotations: { 'kubernetes.io/service-account.name': CONTROLLER },
    },
    type: 'kubernetes.io/service-account-token',
  }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...crds,
    account,
    token,
    ...rights,
    ...roles,
    ...configurations,
  ]
}
