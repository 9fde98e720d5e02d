import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from 'kubernetes-types/admissionregistration/v1'
import { GROUP } from '../crds/names.ts'
import { resources } from '../shared/kubernetes.ts'
import type { Hook } from './table.ts'

/** How the apiserver finds the app: a Service of the cluster, or a base URL without a trailing slash. */
export type Reach =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port?: number } }
  | { readonly url: string }

export interface ConfigurationOptions {
  readonly reach: Reach
  /** PEM certificates the apiserver trusts for it; left out where another writes them or the public ones do. */
  readonly caBundle?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Such as cert-manager.io/inject-ca-from, with which cert-manager writes the CA. */
  readonly annotations?: Readonly<Record<string, string>>
}

export const mutatingName = 'kubeopencode-mutating'
export const validatingName = 'kubeopencode-validating'

const apiVersion = 'admissionregistration.k8s.io/v1'

/** The published types leave half of a rule out. */
type Rule = RuleWithOperations & { readonly resources: string[]; readonly scope: 'Namespaced' | 'Cluster' }

const rulesOf = ({ kind, operations, subresources }: Hook): Rule[] => {
  const { apiVersion: version, plural, namespaced } = resources[kind]
  const [apiVersionName = '', apiGroup = ''] = version.split('/').toReversed()
  return [
    {
      apiGroups: [apiGroup],
      apiVersions: [apiVersionName],
      operations: [...operations],
      resources: [plural, ...subresources.map((subresource) => `${plural}/${subresource}`)],
      scope: namespaced ? 'Namespaced' : 'Cluster',
    },
  ]
}

/** Why kube-system, and why not our own namespace: docs/decisions/0003-webhook-scope.md. */
const outsideKubeSystem = {
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
}

const webhook = (hook: Hook, { reach, caBundle }: ConfigurationOptions): ValidatingWebhook => ({
  name: `${hook.path.slice(1).replace('/', '.')}.${GROUP}`,
  admissionReviewVersions: ['v1'],
  clientConfig: {
    ...('url' in reach
      ? { url: `${reach.url}${hook.path}` }
      : { service: { ...reach.service, path: hook.path, port: reach.service.port ?? 443 } }),
    ...(caBundle !== undefined && { caBundle: btoa(caBundle) }),
  },
  rules: rulesOf(hook),
  failurePolicy: hook.failurePolicy,
  matchPolicy: 'Equivalent',
  sideEffects: hook.type === 'observe' ? 'NoneOnDryRun' : 'None',
  timeoutSeconds: hook.timeoutSeconds,
  ...(resources[hook.kind].namespaced && { namespaceSelector: outsideKubeSystem }),
  ...(hook.label !== undefined && {
    objectSelector: { matchExpressions: [{ key: hook.label, operator: 'Exists' }] },
  }),
  ...(hook.matchCondition !== undefined && {
    matchConditions: [{ name: 'news', expression: hook.matchCondition }],
  }),
})

const metadata = (name: string, { labels, annotations }: ConfigurationOptions) => ({
  name,
  ...(labels && { labels: { ...labels } }),
  ...(annotations && { annotations: { ...annotations } }),
})

/** What the apiserver is told of the mutating hooks. */
export const mutatingConfiguration = (
  hooks: readonly Hook[],
  options: ConfigurationOptions,
): MutatingWebhookConfiguration => ({
  apiVersion,
  kind: 'MutatingWebhookConfiguration',
  metadata: metadata(mutatingName, options),
  webhooks: hooks
    .filter(({ type }) => type === 'mutate')
    // Others may change an object after us; what we say of it is then said again.
    .map((hook): MutatingWebhook => ({ ...webhook(hook, options), reinvocationPolicy: 'IfNeeded' })),
})

/** What the apiserver is told of the validating hooks, and of the observers, which see only what passed mutation. */
export const validatingConfiguration = (
  hooks: readonly Hook[],
  options: ConfigurationOptions,
): ValidatingWebhookConfiguration => ({
  apiVersion,
  kind: 'ValidatingWebhookConfiguration',
  metadata: metadata(validatingName, options),
  webhooks: hooks.filter(({ type }) => type !== 'mutate').map((hook) => webhook(hook, options)),
})
