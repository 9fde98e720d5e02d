import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod, PodSpec } from 'kubernetes-types/core/v1'
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { mutatingName, validatingName } from '../../webhooks/configurations.ts'
import { ensureBinaries } from '../local/binaries.ts'
import type { Cluster } from '../local/cluster.ts'
import { startCluster } from '../local/cluster.ts'
import { silent } from '../local/progress.ts'
import type { CertificateMode } from './certificates.ts'
import { certificateModes } from './certificates.ts'
import { chartTest } from './chart-test.ts'
import { install, plainOptions } from './install.ts'
import { CONTROLLER, selectors, SERVER, SERVER_KEY_SECRET, WEBHOOK_SECRET } from './installation.ts'
import { yamlDocuments, yamlOf } from './manifests.ts'

const dir = mkdtempSync(join(tmpdir(), 'koc-'))
const root = join(import.meta.dirname, '..', '..')
const chart = join(root, 'infra/helm/kubeopencode')
let cluster: Cluster
let helmPath: string

beforeAll(async () => {
  helmPath = (await ensureBinaries(['helm'], silent)).helm
  cluster = await startCluster({ dir: join(dir, 'cluster'), node: false, tmpfs: true, name: 'install' })
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 60_000)

const run = (program: string, args: readonly string[], input = ''): string =>
  execFileSync(program, args, { encoding: 'utf8', input, maxBuffer: 2 ** 26, stdio: ['pipe', 'pipe', 'pipe'] })
const kubectl = (args: string, input?: string): string =>
  run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args.split(' ')], input)
const helm = (args: string): string =>
  run(helmPath, ['--kubeconfig', cluster.kubeconfig, '-n', SYSTEM_NAMESPACE, ...args.split(' ')])

const applied = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() ? [document.toJS() as KubeObject] : []))

/** What the chart says with these values. Its own Kubernetes version is that of no cluster in particular. */
const rendered = (values: object = {}, flags = '--skip-tests'): KubeObject[] => {
  const file = join(dir, 'values.yaml')
  writeFileSync(file, yamlOf(values))
  return applied(helm(`template kubeopencode ${chart} --kube-version 1.36.0 ${flags} -f ${file}`))
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata?.name}`

/** Without what says only who installed it. */
const bare = (objects: readonly KubeObject[]): KubeObject[] =>
  objects
    .filter(({ kind }) => kind !== 'Namespace')
    .map((object): KubeObject => {
      const { annotations = {}, labels = {}, ...metadata } = object.metadata ?? {}
      const left = (of: Record<string, string>, names: readonly string[]) =>
        Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name)))
      return {
        ...object,
        metadata: {
          ...metadata,
          labels: left(labels, ['app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'helm.sh/chart']),
          annotations: left(annotations, ['helm.sh/resource-policy']),
        },
      }
    })
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))

const everyValue = (mode: CertificateMode) => ({
  image: { repository: 'registry.example:5000/koc', digest: `sha256:${'a'.repeat(64)}`, pullPolicy: 'Always' },
  agentImages: { agent: 'a:1', executor: 'b:1', attach: 'c:1' },
  imagePullSecrets: [{ name: 'pull' }],
  replicas: 2,
  logLevel: 'debug',
  podStartTimeoutSeconds: 10_000_000,
  taskClient: 'opencode',
  certificates: { mode },
  resources: { limits: { memory: '1Gi' } },
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
  monitoring: { traces: { endpoint: 'http://collector:4318', resourceAttributes: 'k8s.cluster.name=prod' } },
  cloudEvents: { broker: 'http://broker/default' },
  trustedCA: { configMap: 'corporate', key: 'root.pem' },
  crds: { annotations: { 'example.com/kept': 'true' } },
  server: {
    replicas: 3,
    basePath: '/koc',
    hosts: ['koc.example', 'localhost'],
    resources: { limits: { memory: '2Gi' } },
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

const userObject = `apiVersion: kubeopencode.io/v1alpha1
kind: Task
metadata: { name: mine, namespace: team }
spec: { description: hello, agentRef: { name: helper } }
`

describe('the chart without a cluster', { timeout: 60_000 }, () => {
  test('passes helm lint', () => {
    expect(helm(`lint --strict ${chart}`)).toContain('0 chart(s) failed')
  })

  test.each(certificateModes)('says what the plain manifests say, with the certificate of %s', (mode) => {
    expect(bare(rendered({ certificates: { mode } }))).toEqual(bare(install(mode)))
  })

  test('puts every value in its place', () => {
    const values = everyValue('cert-manager')
    const { spec } = rendered(values).find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata?.name === CONTROLLER,
    ) as Deployment
    const pod = spec?.template.spec
    const image = `registry.example:5000/koc@${values.image.digest}`
    expect(spec?.replicas).toBe(2)
    expect(spec?.template.metadata?.labels).toMatchObject(values.podLabels)
    expect(spec?.template.metadata?.annotations).toMatchObject(values.podAnnotations)
    const { imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName } = values
    expect(pod).toMatchObject({ imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName })
    expect(pod?.terminationGracePeriodSeconds).toBe(45)
    expect(pod?.containers[0]).toMatchObject({ image, imagePullPolicy: 'Always', resources: values.resources })
    const variables = Object.fromEntries((pod?.containers[0]?.env ?? []).map(({ name, value }) => [name, value]))
    expect(variables).toMatchObject({
      KUBEOPENCODE_SYSTEM_IMAGE: image,
      KUBEOPENCODE_AGENT_IMAGE: 'a:1',
      KUBEOPENCODE_EXECUTOR_IMAGE: 'b:1',
      KUBEOPENCODE_ATTACH_IMAGE: 'c:1',
      KUBEOPENCODE_POD_START_TIMEOUT_SECONDS: '10000000',
      KUBEOPENCODE_LOG_LEVEL: 'debug',
      KUBEOPENCODE_CERTIFICATES: 'mounted',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.cluster.name=prod',
      KUBEOPENCODE_EVENTS_TO: 'http://broker/default',
      NODE_EXTRA_CA_CERTS: '/etc/kubeopencode/trusted/ca.crt',
    })
    expect(pod?.volumes).toContainEqual({
      name: 'trusted-ca',
      configMap: { name: 'corporate', items: [{ key: 'root.pem', path: 'ca.crt' }] },
    })
    expect(pod?.containers[0]?.volumeMounts).toContainEqual({
      name: 'trusted-ca',
      mountPath: '/etc/kubeopencode/trusted',
      readOnly: true,
    })
    const headers = pod?.containers[0]?.env?.find(({ name }) => name === 'OTEL_EXPORTER_OTLP_HEADERS')
    expect(headers?.valueFrom?.secretKeyRef).toEqual({ name: 'kubeopencode-traces', key: 'headers', optional: true })
  })

  test('puts every value of the server in its place', () => {
    const { server } = everyValue('own')
    const found = rendered(everyValue('own')).filter(({ metadata }) => metadata?.name === SERVER)
    const kinds = ['NetworkPolicy', 'PodDisruptionBudget', 'ServiceAccount', 'Service']
    expect(found.map(({ kind }) => kind)).toEqual([...kinds, 'Deployment', 'Ingress', 'HTTPRoute'])
    const [deployment, ingress, route] = found.slice(4) as [Deployment, Ingress, { spec: unknown }]
    const [container] = deployment.spec?.template.spec?.containers ?? []
    expect(deployment.spec?.replicas).toBe(server.replicas)
    expect(container?.resources).toMatchObject(server.resources)
    expect(container?.env).toEqual([
      { name: 'KUBEOPENCODE_BASE_PATH', value: '/koc' },
      { name: 'KUBEOPENCODE_HOSTS', value: 'koc.example,localhost' },
      { name: 'KUBEOPENCODE_LOG_LEVEL', value: 'debug' },
      { name: 'KUBEOPENCODE_OIDC_ISSUER', value: 'https://id.example/team' },
      { name: 'KUBEOPENCODE_OIDC_CLIENT_ID', value: 'koc' },
      { name: 'KUBEOPENCODE_OIDC_SCOPES', value: 'openid groups' },
      { name: 'KUBEOPENCODE_EXTERNAL_URL', value: 'https://koc.example' },
    ])
    expect(ingress.metadata?.annotations).toEqual(server.ingress.annotations)
    expect(ingress.spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: server.ingress.tls,
      rules: [{ host: 'koc.example', http: { paths: [{ path: '/koc' }] } }],
    })
    expect(route.spec).toMatchObject({
      parentRefs: server.httpRoute.parentRefs,
      hostnames: ['koc.example'],
      rules: [{ matches: [{ path: { value: '/koc' } }], backendRefs: [{ name: SERVER, port: 2746 }] }],
    })
  })

  test.each(['controller', 'server'] as const)('guards the %s with its values', (component) => {
    const values = everyValue('own')
    const name = `kubeopencode-${component}`
    const find = <T extends KubeObject>(kind: string): T =>
      all.find((object) => object.kind === kind && object.metadata?.name === name) as T
    const all = rendered(values)
    const pods = { matchLabels: selectors[component] }
    const [own, given] = values.topologySpreadConstraints
    expect(find<Deployment>('Deployment').spec?.template.spec?.topologySpreadConstraints).toEqual([
      { ...own, labelSelector: pods },
      given,
    ])
    expect(find<PodDisruptionBudget>('PodDisruptionBudget').spec).toEqual({
      maxUnavailable: '50%',
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: pods,
    })
    const { webhooksFrom, metricsFrom, serverFrom, brokerFrom, egress } = values.networkPolicy
    const isController = component === 'controller'
    const port = (number: number) => [{ port: number, protocol: 'TCP' }]
    expect(find<NetworkPolicy>('NetworkPolicy').spec).toEqual({
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { ports: port(isController ? 9443 : 2746), from: isController ? webhooksFrom : serverFrom },
        { ports: port(8080), from: metricsFrom },
        { ports: port(8081) },
        ...(isController ? [{ ports: port(8082), from: brokerFrom }] : []),
      ],
      egress,
    })
  })

  test('a single copy may be evicted, or its node could not be drained', () => {
    const budgets = (values: object) =>
      rendered(values)
        .filter(({ kind }) => kind === 'PodDisruptionBudget')
        .map(({ metadata }) => metadata?.name)
    expect(budgets({})).toEqual([CONTROLLER])
    expect(budgets({ replicas: 1, server: { replicas: 2 } })).toEqual([SERVER])
    expect(budgets({ podDisruptionBudget: { enabled: false } })).toEqual([])
  })

  test('lets what helm test asks with reach what the others may, and the API', () => {
    const all = rendered(everyValue('own'), '--show-only templates/tests/check-network.yaml') as NetworkPolicy[]
    expect(all.map(({ spec }) => spec)).toEqual([
      {
        podSelector: {
          matchLabels: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'check' },
        },
        policyTypes: ['Egress'],
        egress: [
          { to: [{ podSelector: { matchLabels: selectors.server } }], ports: [{ port: 2746, protocol: 'TCP' }] },
          ...everyValue('own').networkPolicy.egress,
        ],
      },
    ])
  })

  test('leaves network policies to others when asked to', () => {
    const kinds = rendered({ networkPolicy: { enabled: false } }).map(({ kind }) => kind)
    expect(kinds).not.toContain('NetworkPolicy')
  })

  test.each([
    { name: 'the API too', values: {}, api: `http://${SERVER}.${SYSTEM_NAMESPACE}.svc:2746/` },
    { name: 'no API that is not there', values: { server: { enabled: false } }, api: undefined },
    { name: 'no API that answers to other names', values: { server: { hosts: ['koc.example'] } }, api: undefined },
    { name: 'no API that lets others in', values: { networkPolicy: { serverFrom: [{}] } }, api: undefined },
  ])('helm test asks $name', ({ values, api }) => {
    const hooks = rendered(values, '--show-only templates/tests/check.yaml')
    expect(new Set(hooks.map(({ kind }) => kind))).toEqual(new Set(['Pod', 'Role', 'RoleBinding', 'ServiceAccount']))
    const { spec } = hooks.find(({ kind }) => kind === 'Pod') as Pod
    expect(spec?.containers[0]?.env?.find(({ name }) => name === 'KUBEOPENCODE_API')?.value).toBe(api)
  })

  test('leaves the server out when asked to', () => {
    const values = { server: { ...everyValue('own').server, enabled: false } }
    expect(rendered(values).filter(({ metadata }) => metadata?.name === SERVER)).toEqual([])
  })

  test.each([
    { name: 'a value that it does not know', values: { replica: 2 }, message: /replica/ },
    { name: 'a resource that is written wrong', values: { resources: { limit: { cpu: 1 } } }, message: /limit/ },
    { name: 'a toleration that is none', values: { tolerations: [{ keys: 'a' }] }, message: /keys/ },
    { name: 'an unknown value of the server', values: { server: { replica: 2 } }, message: /replica/ },
    { name: 'a number of copies in words', values: { replicas: 'two' }, message: /replicas/ },
    { name: 'a budget of none', values: { podDisruptionBudget: { maxUnavailable: 0 } }, message: /maxUnavailable/ },
    {
      name: 'a source that is none',
      values: { networkPolicy: { metricsFrom: ['monitoring'] } },
      message: /metricsFrom/,
    },
    { name: 'no copies', values: { replicas: 0 }, message: /replicas/ },
    { name: 'an unknown way to certificates', values: { certificates: { mode: 'none' } }, message: /mode/ },
  ])('refuses $name', ({ values, message }) => expect(() => rendered(values)).toThrow(message))

  test('the kinds outlive the release, and say what else they are told to', () => {
    const crds = rendered(everyValue('own')).filter(({ kind }) => kind === 'CustomResourceDefinition')
    expect(crds).toHaveLength(5)
    for (const { metadata } of crds)
      expect(metadata?.annotations).toEqual({ 'helm.sh/resource-policy': 'keep', 'example.com/kept': 'true' })
  })

  test('leaves the kinds to others when asked to', () => {
    const kinds = rendered({ crds: { install: false } }).map(({ kind }) => kind)
    expect(kinds).not.toContain('CustomResourceDefinition')
  })
})

/** The apiserver's answers to "may this user do that", for many at once. */
const may = (user: string, groups: readonly string[], rights: readonly Asked[]): string[] => {
  const reviews = rights.map(({ group = '', resource, verb, namespace, name }) => {
    const [plural, subresource] = resource.split('/')
    return {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes: { group, resource: plural, subresource, verb, namespace, name } },
    }
  })
  const answers = kubectl('create -f - -o jsonpath={.status.allowed},', reviews.map(yamlOf).join('---\n')).split(',')
  return rights.flatMap((right, index) => (answers[index] === 'true' ? [textOf(right)] : []))
}

type Asked = {
  readonly group?: string
  readonly resource: string
  readonly verb: string
  readonly namespace?: string
  readonly name?: string
}
const textOf = ({ verb, group, resource, namespace, name }: Asked): string =>
  [verb, group, resource, namespace, name].filter((word) => word !== undefined).join(' ')

const group = 'kubeopencode.io'
const webhooksGroup = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'
const configurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']

const needed: Asked[] = [
  ...functionsTable(builtIn)
    .flatMap(({ rights }) => rights)
    .flatMap((right) =>
      right.resources.flatMap((resource) =>
        right.verbs.map((verb) => ({ group: right.apiGroup, resource, verb, namespace: 'team' })),
      ),
    ),
  { resource: 'secrets', verb: 'create', namespace: SYSTEM_NAMESPACE },
  { resource: 'secrets', verb: 'get', namespace: SYSTEM_NAMESPACE, name: SERVER_KEY_SECRET },
  ...['get', 'patch'].flatMap((verb) => [
    { resource: 'secrets', verb, namespace: SYSTEM_NAMESPACE, name: WEBHOOK_SECRET },
    { group: webhooksGroup, resource: configurations[0]!, verb, name: mutatingName },
    { group: webhooksGroup, resource: configurations[1]!, verb, name: validatingName },
  ]),
]

const forbidden: Asked[] = [
  ...['get', 'list', 'watch', 'patch', 'update', 'delete'].flatMap((verb) => [
    { resource: 'secrets', verb },
    { resource: 'secrets', verb, namespace: 'team' },
  ]),
  ...['list', 'watch', 'delete'].map((verb) => ({ resource: 'secrets', verb, namespace: SYSTEM_NAMESPACE })),
  { resource: 'secrets', verb: 'get', namespace: SYSTEM_NAMESPACE, name: 'of-another' },
  { resource: 'secrets', verb: 'get', namespace: 'team', name: 'coder-server-auth' },
  ...['patch', 'delete'].map((verb) => ({
    resource: 'secrets',
    verb,
    namespace: SYSTEM_NAMESPACE,
    name: SERVER_KEY_SECRET,
  })),
  ...['exec', 'attach', 'portforward', 'ephemeralcontainers'].map((name) => ({
    resource: `pods/${name}`,
    verb: 'create',
    namespace: 'team',
  })),
  ...['users', 'groups', 'serviceaccounts'].map((resource) => ({ resource, verb: 'impersonate' })),
  { resource: 'serviceaccounts/token', verb: 'create', namespace: 'team' },
  ...['roles', 'clusterroles'].flatMap((resource) =>
    ['escalate', 'bind', 'create', 'patch'].map((verb) => ({ group: rbac, resource, verb })),
  ),
  ...['rolebindings', 'clusterrolebindings'].map((resource) => ({ group: rbac, resource, verb: 'create' })),
  ...configurations.flatMap((resource) => [
    ...['get', 'patch'].map((verb) => ({ group: webhooksGroup, resource, verb, name: 'of-another' })),
    ...['list', 'create', 'delete'].map((verb) => ({ group: webhooksGroup, resource, verb })),
  ]),
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', verb: 'patch' },
  { resource: 'nodes', verb: 'get' },
  { resource: 'namespaces', verb: 'create' },
  { group: '*', resource: '*', verb: '*' },
]

const caBundle = () =>
  kubectl(`get mutatingwebhookconfiguration ${mutatingName} -o jsonpath={.webhooks[0].clientConfig.caBundle}`)
const crdNames = () => kubectl('get crds -o name').trim().split('\n')
const exists = (what: string) => kubectl(`get ${what} --ignore-not-found -o name`) !== ''

/** In this order: a cluster that is installed to, taken over, upgraded, left and installed to again. */
describe('on a cluster', { timeout: 120_000 }, () => {
  beforeAll(() => {
    // While the webhooks are there and nobody answers them, no Task can be written, so this one comes before them.
    kubectl('apply -f -', yamlDocuments(install().filter(({ kind }) => kind === 'CustomResourceDefinition')))
    kubectl('wait --for=condition=Established crds --all --timeout=30s')
    kubectl('create namespace team')
    kubectl('create -f -', userObject)
  }, 120_000)

  test('one file, or its folder, installs everything, and again changes nothing', () => {
    kubectl(`apply -f ${root}/infra/manifests/install.yaml`)
    const again = kubectl(`apply -k ${root}/infra/manifests`).trim().split('\n')
    // The apiserver leaves an empty `properties` of a CRD out, and kubectl sends it again, as it does the selector of a budget.
    const others = again.filter((line) => !/^(customresourcedefinition|poddisruptionbudget)/.test(line))
    expect(others.filter((line) => !line.endsWith(' unchanged'))).toEqual([])
    expect(again).toHaveLength(install().length)
  })

  const podOf = (name: string): PodSpec | undefined => {
    if (name === 'kubeopencode-check') return (chartTest(plainOptions(), []).at(-1) as Pod).spec
    const { spec } = install().find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata?.name === name,
    ) as Deployment
    return spec?.template.spec
  }

  test.each([CONTROLLER, SERVER, 'kubeopencode-check'])('the namespace enforces restricted, and %s passes', (name) => {
    // Its account is made with it by helm test.
    const { serviceAccountName: _, ...spec } = podOf(name) ?? {}
    const pod = (change: object) =>
      yamlOf({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'probe', namespace: SYSTEM_NAMESPACE },
        spec: { ...spec, ...change },
      })
    expect(kubectl('create --dry-run=server -f -', pod({}))).toContain('pod/probe created')
    expect(() => kubectl('create --dry-run=server -f -', pod({ securityContext: {} }))).toThrow('violates PodSecurity')
  })

  test('the server may do nothing of it at all', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${SERVER}`
    const asked = [...needed, ...forbidden]
    expect(may(account, ['system:authenticated'], asked)).toEqual([])
  })

  test('the controller may do what it needs', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`
    expect(may(account, ['system:authenticated'], needed)).toEqual(needed.map(textOf))
  })

  test('the controller may do nothing else of what would make it dangerous', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`
    expect(may(account, ['system:authenticated'], forbidden)).toEqual([])
  })

  const everything = ['tasks', 'crontasks', 'agents', 'agenttemplates']
  test.each([
    { role: 'kubeopencode-viewer', want: [] },
    { role: 'kubeopencode-user', want: ['tasks', 'crontasks'] },
    { role: 'kubeopencode-agent-admin', want: ['agents', 'agenttemplates'] },
    { role: 'view', want: [] },
    { role: 'edit', want: everything },
    { role: 'admin', want: everything },
  ])('whoever is $role reads, and creates $want', async ({ role, want }) => {
    kubectl(`create rolebinding ${role} -n team --clusterrole=${role} --user=${role}`)
    const asks = (verb: string, plurals: readonly string[]): Asked[] =>
      plurals.map((resource) => ({ group, resource, verb, namespace: 'team' }))
    // The controller manager copies aggregated rules into the built-in roles a moment later.
    await expect
      .poll(() => may(role, [], [...asks('list', everything), ...asks('create', everything)]), { timeout: 30_000 })
      .toEqual([...asks('list', everything), ...asks('create', want)].map(textOf))
  })

  test('what the chart says with every value is accepted', () => {
    for (const mode of certificateModes) {
      // Nobody has installed cert-manager or gateways here.
      const known = rendered(everyValue(mode)).filter(
        ({ apiVersion }) => !/^(cert-manager\.io|gateway\.networking\.k8s\.io)\//.test(apiVersion ?? ''),
      )
      const answer = kubectl('apply --server-side --force-conflicts --dry-run=server -f -', yamlDocuments(known))
      expect(answer.trim().split('\n')).toHaveLength(known.length)
    }
  })

  test('the chart takes over from the plain manifests and keeps the CA that the controller wrote', () => {
    const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'Q0E=' }])
    kubectl(`patch mutatingwebhookconfiguration ${mutatingName} --type=json -p ${patch}`)
    kubectl(`apply -f ${root}/infra/manifests/install.yaml`)
    expect(caBundle()).toBe('Q0E=')
    helm(`upgrade --install --take-ownership kubeopencode ${chart}`)
    expect(caBundle()).toBe('Q0E=')
  })

  const task = 'get tasks.kubeopencode.io mine -n team -o jsonpath={.metadata.uid}{.spec}'

  test('an upgrade brings new kinds and values, a rollback the former ones; both keep the CA and what users made', () => {
    const next = join(dir, 'next')
    cpSync(chart, next, { recursive: true })
    const file = join(next, 'templates/crds/tasks.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text
        .replace('singular: task', 'singular: task\n    shortNames: [tk, job]')
        .replace(/ {4}shortNames:\n {6}- tk\n/, ''),
    )
    const mine = kubectl(task)
    helm(`upgrade kubeopencode ${next} --set replicas=3`)
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk","job"]')
    expect(kubectl(`get deployment ${CONTROLLER} -n ${SYSTEM_NAMESPACE} -o jsonpath={.spec.replicas}`)).toBe('3')
    expect(caBundle()).toBe('Q0E=')
    expect(kubectl(task)).toBe(mine)

    helm('rollback kubeopencode')
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk"]')
    expect(kubectl(`get deployment ${CONTROLLER} -n ${SYSTEM_NAMESPACE} -o jsonpath={.spec.replicas}`)).toBe('2')
    expect(caBundle()).toBe('Q0E=')
    expect(kubectl(task)).toBe(mine)
  })

  test('uninstalling leaves the kinds and what users made, and nothing that could refuse or act', () => {
    const before = crdNames()
    helm('uninstall kubeopencode')
    expect(crdNames()).toEqual(before)
    expect(exists('tasks.kubeopencode.io mine -n team')).toBe(true)
    const left = rendered()
      .filter(({ kind }) => kind !== 'CustomResourceDefinition')
      .filter(({ kind, metadata }) => exists(`${kind} ${metadata?.name} -n ${SYSTEM_NAMESPACE}`))
    expect(left.map(nameOf)).toEqual([])
  })

  test('the chart can be installed again', () => {
    helm(`install kubeopencode ${chart}`)
    expect(exists('tasks.kubeopencode.io mine -n team')).toBe(true)
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk"]')
  })
})
