import { execFileSync } from 'node:child_process'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod, ServiceAccount } from 'kubernetes-types/core/v1'
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1'
import type { ClusterRoleBinding } from 'kubernetes-types/rbac/v1'
import { beforeAll, describe, expect, test } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { ensureBinaries } from '../local/binaries.ts'
import { silent } from '../local/progress.ts'
import { certificateModes } from './certificates.ts'
import { chartFolder, everyValue, renderedBy } from './chart-rendered.ts'
import { install } from './install.ts'
import { CONTROLLER, selectors, SERVER } from './installation.ts'

let helm: string
beforeAll(async () => {
  helm = (await ensureBinaries(['helm'], silent)).helm
}, 1_200_000)

const rendered = (values: object = {}, ...flags: string[]) =>
  renderedBy(helm, values, flags.length > 0 ? flags : undefined)

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

describe('the chart without a cluster', { timeout: 300_000 }, () => {
  test('passes helm lint', () => {
    expect(execFileSync(helm, ['lint', '--strict', chartFolder], { encoding: 'utf8' })).toContain('0 chart(s) failed')
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
    expect(spec?.replicas).toBe(3)
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
    const kinds = ['NetworkPolicy', 'PodDisruptionBudget', 'Service']
    expect(found.map(({ kind }) => kind)).toEqual([...kinds, 'Deployment', 'Ingress', 'HTTPRoute', 'PrometheusRule'])
    const [deployment, ingress, route] = found.slice(3) as [Deployment, Ingress, { spec: unknown }]
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
      { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/kubeopencode/trusted/ca.crt' },
      ...server.extraEnv,
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
    const all = rendered(everyValue('own'), '--show-only', 'templates/tests/check-network.yaml') as NetworkPolicy[]
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
    const hooks = rendered(values, '--show-only', 'templates/tests/check.yaml')
    expect(new Set(hooks.map(({ kind }) => kind))).toEqual(new Set(['Pod', 'Role', 'RoleBinding', 'ServiceAccount']))
    const { spec } = hooks.find(({ kind }) => kind === 'Pod') as Pod
    expect(spec?.containers[0]?.env?.find(({ name }) => name === 'KUBEOPENCODE_API')?.value).toBe(api)
  })

  test('each program has the labels, the places and the additions that are its own', () => {
    const values = everyValue('own')
    const { server } = values
    const all = rendered(values)
    const podOf = (name: string) =>
      (all.find((object) => object.kind === 'Deployment' && object.metadata?.name === name) as Deployment).spec
        ?.template
    const controllerPod = podOf(CONTROLLER)
    const serverPod = podOf(SERVER)
    expect(controllerPod?.metadata?.labels).toEqual({ 'cost-center': 'ai', team: 'platform', ...selectors.controller })
    expect(serverPod?.metadata?.labels).toEqual({ 'cost-center': 'ai', team: 'web', ...selectors.server })
    expect(serverPod?.metadata?.annotations).toMatchObject({ ...values.podAnnotations, ...server.podAnnotations })
    const { nodeSelector, tolerations, affinity } = server
    expect(serverPod?.spec).toMatchObject({ nodeSelector, tolerations, affinity, serviceAccountName: 'our-server' })
    for (const [pod, added] of [[controllerPod, values] as const, [serverPod, server] as const]) {
      expect(pod?.spec?.volumes).toEqual(expect.arrayContaining(added.extraVolumes))
      expect(pod?.spec?.volumes).toContainEqual(expect.objectContaining({ name: 'trusted-ca' }))
      expect(pod?.spec?.containers[0]?.volumeMounts).toEqual(expect.arrayContaining(added.extraVolumeMounts))
      expect(pod?.spec?.containers[0]?.env).toEqual(expect.arrayContaining(added.extraEnv))
    }
    for (const { metadata } of all) expect(metadata?.labels).toMatchObject(values.commonLabels)
  })

  test('rights are bound to the account that is named, whoever makes it', () => {
    const accounts = (values: object) =>
      rendered(values).filter(({ kind }) => kind === 'ServiceAccount') as ServiceAccount[]
    const values = everyValue('own')
    const all = rendered(values)
    const bindings = all.filter(({ kind }) => kind?.endsWith('RoleBinding')) as ClusterRoleBinding[]
    expect(new Set(bindings.flatMap(({ subjects }) => subjects?.map(({ name }) => name)))).toEqual(new Set(['ours']))
    const { annotations } = values.server.serviceAccount
    expect(accounts(values).map(({ metadata }) => metadata)).toMatchObject([{ name: 'our-server', annotations }])
    const made = accounts({ serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:a' } } })
    expect(made.map(({ metadata }) => [metadata?.name, metadata?.annotations])).toEqual([
      [CONTROLLER, { 'eks.amazonaws.com/role-arn': 'arn:a' }],
      [SERVER, undefined],
    ])
  })

  test('the server is where the controller is, unless it is told otherwise', () => {
    const { nodeSelector, tolerations, affinity } = everyValue('own')
    const deployments = rendered({ nodeSelector, tolerations, affinity }).filter(
      ({ kind }) => kind === 'Deployment',
    ) as Deployment[]
    expect(deployments).toHaveLength(2)
    for (const { spec } of deployments)
      expect(spec?.template.spec).toMatchObject({ nodeSelector, tolerations, affinity })
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
    { name: 'a label that is its own', values: { commonLabels: { 'app.kubernetes.io/name': 'x' } }, message: /app/ },
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
