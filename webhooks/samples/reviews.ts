import type { Kind } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'

export interface ReviewOptions {
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly object?: unknown
  readonly oldObject?: unknown
  readonly subResource?: string
  readonly dryRun?: boolean
  readonly namespace?: string
}

/** An AdmissionReview as a kube-apiserver sends it. */
export const review = (
  kind: Kind,
  { operation = 'CREATE', object = null, oldObject = null, subResource, dryRun = false, namespace }: ReviewOptions,
) => {
  const { apiVersion, plural, namespaced } = resources[kind]
  const [version, group = ''] = apiVersion.split('/').toReversed()
  const resource = { group, version, resource: plural }
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group, version, kind },
      resource,
      ...(subResource !== undefined && { subResource }),
      requestKind: { group, version, kind },
      requestResource: resource,
      name: (object as { metadata?: { name?: string } } | null)?.metadata?.name ?? '',
      ...(namespaced && { namespace: namespace ?? 'default' }),
      operation,
      userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      object,
      oldObject,
      dryRun,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

/** An object as it is stored: with a namespace, a uid and a version. */
export const stored = (kind: Kind, name: string, spec: Fields, { metadata, ...rest }: Fields = {}) => ({
  apiVersion: resources[kind].apiVersion,
  kind,
  metadata: {
    name,
    ...(resources[kind].namespaced && { namespace: 'default' }),
    uid: `uid-of-${name}`,
    resourceVersion: '41',
    ...(metadata as Fields),
  },
  spec,
  ...rest,
})

export const agentSpec = { workspaceDir: '/workspace', serviceAccountName: 'agent' } as const
