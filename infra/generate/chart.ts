import { Document, isMap, isScalar } from 'yaml'
import * as z from 'zod'
import { version } from '../../shared/images.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { certificateModes } from './certificates.ts'
import type { InstallOptions } from './install.ts'
import { certificatePart, parts } from './install.ts'
import { yamlDocuments, yamlOf } from './manifests.ts'
import { monitoringTemplates } from './monitoring.ts'
import type { Output } from './output.ts'
import { GENERATED } from './output.ts'
import { place, toTemplate } from './places.ts'
import type { Outside } from './server.ts'
import { httpRoute, ingress } from './server.ts'
import { Values } from './values.ts'

const folder = 'infra/helm/kubeopencode'

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
  scheduling: {
    imagePullSecrets: place('pullSecrets'),
    nodeSelector: place('nodeSelector'),
    tolerations: place('tolerations'),
    affinity: place('affinity'),
    topologySpreadConstraints: place('topologySpreadConstraints'),
    priorityClassName: place('priorityClassName'),
  },
  podLabels: { [place('podLabels')]: '' },
  podAnnotations: { [place('podAnnotations')]: '' },
  podStartTimeoutSeconds: place('podStartTimeoutSeconds'),
  taskClient: place('taskClient'),
  logLevel: place('logLevel'),
  certificates: {
    environment: place('certificates'),
    volumes: [place('certificateVolume')],
    mounts: [place('certificateMount')],
    annotations: place('caInjection'),
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
  metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } },
})

const template = (name: string, objects: readonly KubeObject[], condition?: string): Output => {
  const body = toTemplate(yamlDocuments(objects))
  return {
    path: `${folder}/templates/${name}.yaml`,
    content: GENERATED + (condition === undefined ? body : `{{- if ${condition} }}\n${body}{{- end }}\n`),
  }
}

const templates = (): Output[] => {
  const { crds, ...others } = parts(options)
  return [
    ...crds.map((crd) => template(`crds/${crd.metadata?.name?.split('.')[0]}`, [kept(crd)], '.Values.crds.install')),
    ...Object.entries(others).map(([name, objects]) =>
      template(name, objects, name === 'server' ? '.Values.server.enabled' : undefined),
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

type Node = { readonly description?: string; readonly properties?: Readonly<Record<string, Node>> }

const explain = (map: unknown, { properties = {} }: Node, isTop: boolean): void => {
  if (!isMap(map)) return
  for (const [index, { key, value }] of map.items.entries()) {
    const node = isScalar(key) ? properties[String(key.value)] : undefined
    if (!node || !isScalar(key)) continue
    if (node.description !== undefined) key.commentBefore = ` ${node.description}`
    if (isTop && index > 0) key.spaceBefore = true
    explain(value, node, false)
  }
}

const values = (): Output[] => {
  const schema = z.toJSONSchema(Values, { target: 'draft-7', io: 'input' }) as Node
  const document = new Document(Values.parse({}), { aliasDuplicateObjects: false })
  explain(document.contents, schema, true)
  return [
    { path: `${folder}/values.yaml`, content: `${GENERATED}\n${document.toString({ lineWidth: 0 })}` },
    { path: `${folder}/values.schema.json`, content: `${JSON.stringify(schema, undefined, 2)}\n` },
  ]
}

/** The Helm chart, but for its helpers and notes, which are written by hand. */
export const helmChart = (): Output[] => [
  { path: `${folder}/Chart.yaml`, content: GENERATED + yamlOf(chart) },
  ...values(),
  ...templates(),
]
