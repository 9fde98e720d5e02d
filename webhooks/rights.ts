import type { AskedKind } from './findings.ts'

/**
 * What the webhooks may read to answer a question, in the words of RBAC. Secrets are not among it: the right to get one
 * by name is the right to its value, in every namespace (docs/decisions/0008-what-admission-asks.md).
 */
export const askedRights = {
  Agent: { apiGroup: 'kubeopencode.io', resources: ['agents'], verbs: ['get'] },
  AgentTemplate: { apiGroup: 'kubeopencode.io', resources: ['agenttemplates'], verbs: ['get'] },
  ConfigMap: { apiGroup: '', resources: ['configmaps'], verbs: ['get'] },
  KubeOpenCodeConfig: { apiGroup: 'kubeopencode.io', resources: ['kubeopencodeconfigs'], verbs: ['get'] },
  Namespace: { apiGroup: '', resources: ['namespaces'], verbs: ['get'] },
  ServiceAccount: { apiGroup: '', resources: ['serviceaccounts'], verbs: ['get'] },
  StorageClass: { apiGroup: 'storage.k8s.io', resources: ['storageclasses'], verbs: ['get'] },
} as const satisfies Partial<
  Record<
    AskedKind,
    { readonly apiGroup: string; readonly resources: readonly string[]; readonly verbs: readonly string[] }
  >
>
