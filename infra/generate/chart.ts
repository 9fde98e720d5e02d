import { Document, isMap, isScalar } from 'yaml'
import * as z from 'zod'
import { version } from '../../shared/images.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { certificateModes } from './certificates.ts'
import { chartTest, chartTestNetwork } from './chart-test.ts'
import type { InstallOptions, Labels } from './options.ts'
import { certificatePart, parts } from './install.ts'
import { yamlDocuments, yamlOf } from './manifests.ts'
import { monitoringTemplates } from './monitoring.ts'
import type { Output } from './output.ts'
import { GENERATED } from './output.ts'
import { place, toTemplate } from './places.ts'
import type { Outside } from './server.ts'
import { httpRoute, ingress } from './server.ts'
import type { ValueNode } from './values-table.ts'
import { valuesTable } from './values-table.ts'
import { Values } from './values.ts'

const folder = 'infra/helm/kubeopencode'

const scheduling = { imagePullSecrets: place<[]>('pullSecrets'), priorityClassName: place('priorityClassName') }

const options: InstallOptions = {
  namespace: place('namespace'),
  labels: { 'app.kubernetes.io/name': 'kubeopencode', [place('labels')]: '' },
  images: {
    system: place('systemImage'),
    agent: place('agentImage'),
    executor: place('executorImage'),
    attach: place('attachImage'),
  },
  imagePullPolicy: place('pullPolicy'),
  replicas: place('replicas'),
  resources: place('resources'),
  additions: {
    controller: {
      account: { name: place('account'), annotations: place<Labels>('accountAnnotations') },
      podLabels: { [place('podLabels')]: '' },
      podAnnotations: { [place('podAnnotations')]: '' },
      scheduling: {
        ...scheduling,
        nodeSelector: place('nodeSelector'),
        tolerations: place('tolerations'),
        affinity: place('affinity'),
      },
      environment: [place('extraEnv')],
      volumes: [place('extraVolumes')],
      mounts: [place('extraVolumeMounts')],
    },
    server: {
      account: { name: place('serverAccount'), annotations: place<Labels>('serverAccountAnnotations') },
      podLabels: { [place('serverPodLabels')]: '' },
      podAnnotations: { [place('serverPodAnnotations')]: '' },
      scheduling: {
        ...scheduling,
        nodeSelector: place('serverNodeSelector'),
        tolerations: place('serverTolerations'),
        affinity: place('serverAffinity'),
      },
      environment: [place('serverExtraEnv')],
      volumes: [place('serverExtraVolumes')],
      mounts: [place('serverExtraVolumeMounts')],
    },
  },
  spread: { controller: place('controllerSpread'), server: place('serverSpread') },
  terminationGracePeriodSeconds: place('terminationGracePeriodSeconds'),
  disruptions: { maxUnavailable: place('maxUnavailable') },
  network: {
    webhooksFrom: place('webhooksFrom'),
    metricsFrom: place('metricsFrom'),
    serverFrom: place('serverFrom'),
    egressTypes: [place('egressType')],
    egress: place('egress'),
  },
  podStartTimeoutSeconds: place('podStartTimeoutSeconds'),
  taskClient: place('taskClient'),
  logLevel: place('logLevel'),
  certificates: {
    environment: place('certificates'),
    volumes: [place('certificateVolume')],
    mounts: [place('certificateMount')],
    annotations: place('caInjection'),
  },
  traces: [place('tracesEnvironment')],
  events: {
    environment: [place('eventsEnvironment')],
    ports: [place('eventsPort')],
    ingress: [place('eventsIngress')],
  },
  trusted: {
    environment: [place('trustedEnvironment')],
    volumes: [place('trustedVolume')],
    mounts: [place('trustedMount')],
  },
  server: {
    replicas: place('serverReplicas'),
    resources: place('serverResources'),
    basePath: place('serverBasePath'),
    hosts: place('serverHosts'),
    oidc: [place('oidcEnvironment')],
  },
}

const outside: Outside = {
  annotations: { [place('ingressAnnotations')]: '' },
  ingressClassName: place('ingressClass'),
  host: place('ingressHost'),
  path: place('serverPath'),
  tls: place('ingressTls'),
  parentRefs: place('routeParents'),
  hostnames: place('routeHostnames'),
}

const chart = {
  apiVersion: 'v2',
  name: 'kubeopencode',
  description: 'AI coding agents as Kubernetes resources',
  type: 'application',
  version: version.replace(/^v/, ''),
  appVersion: version,
  // Selectable fields of custom resources, which the controller selects its work by.
  kubeVersion: '>=1.31.0-0',
}

/** A release that goes must not take the users' Agents and Tasks with it. */
const kept = (crd: KubeObject): KubeObject => ({
  ...crd,
  metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep', [place('crdAnnotations')]: '' } },
})

const template = (name: string, objects: readonly KubeObject[], condition?: string): Output => {
  const body = toTemplate(yamlDocuments(objects))
  return {
    path: `${folder}/templates/${name}.yaml`,
    content: GENERATED + (condition === undefined ? body : `{{- if ${condition} }}\n${body}{{- end }}\n`),
  }
}

const templates = (): Output[] => {
  const { crds, events, network, disruption, account, ...others } = parts(options)
  return [
    ...crds.map((crd) => template(`crds/${crd.metadata?.name?.split('.')[0]}`, [kept(crd)], '.Values.crds.install')),
    ...Object.entries(others).map(([name, objects]) =>
      template(name, objects, name === 'server' ? '.Values.server.enabled' : undefined),
    ),
    template('controller-account', [account.controller], '.Values.serviceAccount.create'),
    template('server-account', [account.server], 'and .Values.server.enabled .Values.server.serviceAccount.create'),
    template('tests/check', chartTest(options, [place('apiEnvironment')])),
    template(
      'tests/check-network',
      [chartTestNetwork({ ...options, network: { ...options.network, egress: [place('egressRules')] } })],
      'and .Values.networkPolicy.enabled .Values.networkPolicy.egress',
    ),
    template('controller-events', [events], '.Values.cloudEvents.broker'),
    template('controller-network', [network.controller], '.Values.networkPolicy.enabled'),
    template('server-network', [network.server], 'and .Values.server.enabled .Values.networkPolicy.enabled'),
    template(
      'controller-disruption',
      [disruption.controller],
      'and .Values.podDisruptionBudget.enabled (gt (int .Values.replicas) 1)',
    ),
    template(
      'server-disruption',
      [disruption.server],
      'and .Values.server.enabled .Values.podDisruptionBudget.enabled (gt (int .Values.server.replicas) 1)',
    ),
    template(
      'server-ingress',
      [ingress(options, outside)],
      'and .Values.server.enabled .Values.server.ingress.enabled',
    ),
    template(
      'server-route',
      [httpRoute(options, outside)],
      'and .Values.server.enabled .Values.server.httpRoute.enabled',
    ),
    ...monitoringTemplates.map(({ name, objects, value }) => template(name, objects, value)),
    ...certificateModes.map((mode) =>
      template(`certificates-${mode}`, certificatePart(mode, options), `eq .Values.certificates.mode "${mode}"`),
    ),
  ]
}

const explain = (map: unknown, { properties = {} }: ValueNode, isTop: boolean): void => {
  if (!isMap(map)) return
  for (const [index, { key, value }] of map.items.entries()) {
    const node = isScalar(key) ? properties[String(key.value)] : undefined
    if (!node || !isScalar(key)) continue
    if (node.description !== undefined) key.commentBefore = ` ${node.description}`
    if (isTop && index > 0) key.spaceBefore = true
    explain(value, node, false)
  }
}

const readme = `<!-- Generated by npm run generate. Edit its source, not this file. -->
# KubeOpenCode's chart

${chart.description}. How to install, upgrade and remove it: docs/install.md. Values that are not in this table, and those of a wrong type,
are refused.

`

const values = (): Output[] => {
  const schema = z.toJSONSchema(Values, { target: 'draft-7', io: 'input' }) as ValueNode
  const defaults = Values.parse({})
  const document = new Document(defaults, { aliasDuplicateObjects: false })
  explain(document.contents, schema, true)
  return [
    { path: `${folder}/values.yaml`, content: `${GENERATED}\n${document.toString({ lineWidth: 0 })}` },
    { path: `${folder}/README.md`, content: readme + valuesTable(schema, defaults) },
    { path: `${folder}/values.schema.json`, content: `${JSON.stringify(schema, undefined, 2)}\n` },
  ]
}

/** The Helm chart, but for its helpers and notes, which are written by hand. */
export const helmChart = (): Output[] => [
  { path: `${folder}/Chart.yaml`, content: GENERATED + yamlOf(chart) },
  ...values(),
  ...templates(),
]
