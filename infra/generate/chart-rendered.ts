/** For tests: what the chart says. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { CertificateMode } from './certificates.ts'
import { yamlOf } from './manifests.ts'

export const chartFolder = join(import.meta.dirname, '../helm/kubeopencode')

/** Helm needs no cluster for this. Throws what Helm says where a value is refused. */
export const renderedBy = (
  helm: string,
  values: object = {},
  flags: readonly string[] = ['--skip-tests'],
): KubeObject[] => {
  // Its own Kubernetes version is that of no cluster in particular.
  const args = [
    'template',
    'kubeopencode',
    chartFolder,
    '-n',
    SYSTEM_NAMESPACE,
    '--kube-version',
    '1.36.0',
    '-f',
    '-',
    ...flags,
  ]
  const text = execFileSync(helm, args, { encoding: 'utf8', input: yamlOf(values), maxBuffer: 2 ** 26, stdio: 'pipe' })
  return parseAllDocuments(text).flatMap((document) => (document.toJS() ? [document.toJS() as KubeObject] : []))
}

/** Values that go together, each other than its default. */
export const everyValue = (mode: CertificateMode) => ({
  image: { repository: 'registry.example:5000/koc', digest: `sha256:${'a'.repeat(64)}`, pullPolicy: 'Always' },
  agentImages: { agent: 'a:1', executor: 'b:1', attach: 'c:1' },
  imagePullSecrets: [{ name: 'pull' }],
  replicas: 3,
  logLevel: 'debug',
  podStartTimeoutSeconds: 10_000_000,
  taskClient: 'opencode',
  certificates: { mode },
  resources: { limits: { memory: '1Gi' } },
  serviceAccount: { create: false, name: 'ours', annotations: { 'eks.amazonaws.com/role-arn': 'arn:a' } },
  commonLabels: { 'cost-center': 'ai', team: 'all' },
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
  extraVolumes: [{ name: 'extra', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  podLabels: { team: 'platform' },
  podAnnotations: { 'prometheus.io/scrape': 'true' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'control', operator: 'Exists' }],
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' },
    { maxSkew: 2, topologyKey: 'row', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { a: 'b' } } },
  ],
  priorityClassName: 'system-cluster-critical',
  terminationGracePeriodSeconds: 45,
  podDisruptionBudget: { maxUnavailable: '50%' },
  networkPolicy: {
    webhooksFrom: [{ ipBlock: { cidr: '10.0.0.0/28' } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    serverFrom: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'ingress' } } }],
    brokerFrom: [{ podSelector: { matchLabels: { app: 'broker' } } }],
    egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }, { to: [{ ipBlock: { cidr: '10.0.0.0/28' } }] }],
  },
  monitoring: {
    serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
    rules: { enabled: true, labels: { release: 'prometheus' }, runbooks: 'https://runbooks.example/koc' },
    dashboard: { enabled: true, labels: { grafana: 'team' } },
    traces: { endpoint: 'http://collector:4318', resourceAttributes: 'k8s.cluster.name=prod' },
  },
  cloudEvents: { broker: 'http://broker/default' },
  trustedCA: { configMap: 'corporate', key: 'root.pem' },
  crds: { annotations: { 'example.com/kept': 'true' } },
  server: {
    replicas: 3,
    basePath: '/koc',
    hosts: ['koc.example', 'localhost'],
    resources: { limits: { memory: '2Gi' } },
    serviceAccount: { name: 'our-server', annotations: { 'example.com/role': 'b' } },
    podLabels: { team: 'web' },
    podAnnotations: { 'example.com/of': 'server' },
    nodeSelector: { pool: 'web' },
    tolerations: [{ key: 'web', operator: 'Exists' }],
    affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    extraEnv: [{ name: 'NO_PROXY', value: '.svc' }],
    extraVolumes: [{ name: 'more', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
    oidc: {
      issuer: 'https://id.example/team',
      clientId: 'koc',
      scopes: ['openid', 'groups'],
      externalUrl: 'https://koc.example',
    },
    ingress: {
      enabled: true,
      className: 'nginx',
      host: 'koc.example',
      annotations: { 'example.com/a': 'b' },
      tls: [{ hosts: ['koc.example'], secretName: 'koc-tls' }],
    },
    httpRoute: { enabled: true, parentRefs: [{ name: 'gateway' }], hostnames: ['koc.example'] },
  },
})
