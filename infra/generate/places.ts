import { stringify } from 'yaml'
import { certificatesOf } from './certificates.ts'
import { apiEnvironment } from './chart-test.ts'
import { eventsOf } from './events.ts'
import type { Component } from './installation.ts'
import { CONTROLLER, SERVER } from './installation.ts'
import { oidcEnvironment } from './oidc.ts'
import { tracesEnvironment } from './traces.ts'
import { trustedOf } from './trusted.ts'

/** Lines of template for a place that has lines of its own: `key: WORD`, `- WORD` or `WORD: ""` at this indent. */
type Lines = (indent: number, key: string | undefined) => string[]

type Place = { readonly text: string } | { readonly number: string } | { readonly lines: Lines }

const indented = (indent: number, ...lines: string[]): string[] => lines.map((line) => ' '.repeat(indent) + line)

/** A field that is left out while its value is empty. */
const field = (value: string): Place => ({
  lines: (indent, key) =>
    indented(indent, `{{- with ${value} }}`, `${key}:`, `  {{- toYaml . | nindent ${indent + 2} }}`, '{{- end }}'),
})

/** The same for a single word. */
const word = (value: string): Place => ({
  lines: (indent, key) => indented(indent, `{{- with ${value} }}`, `${key}: {{ . | quote }}`, '{{- end }}'),
})

/** More entries of a map. */
const entries = (value: string): Place => ({
  lines: (indent) => indented(indent, `{{- with ${value} }}`, `{{- toYaml . | nindent ${indent} }}`, '{{- end }}'),
})

/** A field, or items of a list, that are there only where the condition holds. */
const when = (condition: string, ...values: readonly unknown[]): Place => ({
  lines: (indent, key) => {
    const yaml = stringify(key === undefined ? values : { [key]: values[0] }, { lineWidth: 0 })
    return [
      ...indented(indent, `{{- if ${condition} }}`),
      // Indented first: a place within it says how deep it stands.
      ...indented(indent, ...yaml.trimEnd().split('\n')).flatMap(lineWithPlaces),
      ...indented(indent, '{{- end }}'),
    ]
  },
})

/** Each constraint counts the Pods of its own Deployment where it names none. */
const spreadField = (component: Component): Place => ({
  lines: (indent, key) =>
    indented(
      indent,
      '{{- with .Values.topologySpreadConstraints }}',
      `${key}:`,
      `  {{- include "kubeopencode.spread" (dict "constraints" . "component" "${component}") | nindent ${indent + 2} }}`,
      '{{- end }}',
    ),
})

const withCertManager = (value: unknown): Place => when('eq .Values.certificates.mode "cert-manager"', value)

type Name = keyof typeof places

/** A word that stands for a place in an object. The cast is the point: a template may stand where a number will be. */
export const place = <T = string>(name: Name): T => `CHART_${name}` as T

const withBroker = (value: unknown): Place => when('.Values.cloudEvents.broker', value)

const mounted = certificatesOf('cert-manager', place('namespace'))

const withTrusted = (value: unknown): Place => when('.Values.trustedCA.configMap', value)

const trusted = trustedOf('CHART_trustedConfigMap', 'CHART_trustedKey')

const brokered = eventsOf('CHART_eventsBroker')

/** Where the chart's objects vary, and what the template says there. */
const places = {
  namespace: { text: '.Release.Namespace' },
  labels: { lines: (indent) => indented(indent, `{{- include "kubeopencode.labels" . | nindent ${indent} }}`) },
  systemImage: { text: 'include "kubeopencode.image" .' },
  agentImage: { text: '.Values.agentImages.agent' },
  executorImage: { text: '.Values.agentImages.executor' },
  attachImage: { text: '.Values.agentImages.attach' },
  pullPolicy: { text: '.Values.image.pullPolicy' },
  pullSecrets: field('.Values.imagePullSecrets'),
  replicas: { number: '.Values.replicas' },
  crdAnnotations: entries('.Values.crds.annotations'),
  resources: field('.Values.resources'),
  account: { text: `.Values.serviceAccount.name | default "${CONTROLLER}"` },
  accountAnnotations: field('.Values.serviceAccount.annotations'),
  podLabels: entries('merge (dict) .Values.podLabels .Values.commonLabels'),
  podAnnotations: entries('.Values.podAnnotations'),
  nodeSelector: field('.Values.nodeSelector'),
  tolerations: field('.Values.tolerations'),
  affinity: field('.Values.affinity'),
  extraEnv: entries('.Values.extraEnv'),
  extraVolumes: entries('.Values.extraVolumes'),
  extraVolumeMounts: entries('.Values.extraVolumeMounts'),
  serverAccount: { text: `.Values.server.serviceAccount.name | default "${SERVER}"` },
  serverAccountAnnotations: field('.Values.server.serviceAccount.annotations'),
  serverPodLabels: entries('merge (dict) .Values.server.podLabels .Values.podLabels .Values.commonLabels'),
  serverPodAnnotations: entries('merge (dict) .Values.server.podAnnotations .Values.podAnnotations'),
  serverNodeSelector: field('.Values.server.nodeSelector | default .Values.nodeSelector'),
  serverTolerations: field('.Values.server.tolerations | default .Values.tolerations'),
  serverAffinity: field('.Values.server.affinity | default .Values.affinity'),
  serverExtraEnv: entries('.Values.server.extraEnv'),
  serverExtraVolumes: entries('.Values.server.extraVolumes'),
  serverExtraVolumeMounts: entries('.Values.server.extraVolumeMounts'),
  controllerSpread: spreadField('controller'),
  serverSpread: spreadField('server'),
  terminationGracePeriodSeconds: { number: '.Values.terminationGracePeriodSeconds | int' },
  maxUnavailable: { number: '.Values.podDisruptionBudget.maxUnavailable | toJson' },
  webhooksFrom: field('.Values.networkPolicy.webhooksFrom'),
  metricsFrom: field('.Values.networkPolicy.metricsFrom'),
  serverFrom: field('.Values.networkPolicy.serverFrom'),
  egressType: when('.Values.networkPolicy.egress', 'Egress'),
  egress: field('.Values.networkPolicy.egress'),
  egressRules: entries('.Values.networkPolicy.egress'),
  priorityClassName: word('.Values.priorityClassName'),
  // Helm reads numbers as floats, and would write a large one with an exponent.
  podStartTimeoutSeconds: { text: '.Values.podStartTimeoutSeconds | int' },
  taskClient: { text: '.Values.taskClient' },
  logLevel: { text: '.Values.logLevel' },
  certificates: { text: 'eq .Values.certificates.mode "own" | ternary "own" "mounted"' },
  serverReplicas: { number: '.Values.server.replicas' },
  serverResources: field('.Values.server.resources'),
  serverBasePath: { text: '.Values.server.basePath' },
  serverHosts: { text: 'join "," .Values.server.hosts | default "*"' },
  oidcIssuer: { text: '.Values.server.oidc.issuer' },
  oidcClientId: { text: '.Values.server.oidc.clientId' },
  oidcScopes: { text: 'join " " .Values.server.oidc.scopes' },
  oidcExternalUrl: { text: '.Values.server.oidc.externalUrl' },
  oidcEnvironment: when(
    '.Values.server.oidc.issuer',
    ...oidcEnvironment({
      issuer: 'CHART_oidcIssuer',
      clientId: 'CHART_oidcClientId',
      scopes: 'CHART_oidcScopes',
      externalUrl: 'CHART_oidcExternalUrl',
    }),
  ),
  // Where it answers to some names, or lets some in, the check is not one of these.
  apiEnvironment: when(
    'and .Values.server.enabled (not .Values.server.hosts) (not .Values.networkPolicy.serverFrom)',
    apiEnvironment('CHART_namespace', 'CHART_serverPath'),
  ),
  serverPath: { text: '.Values.server.basePath' },
  ingressAnnotations: entries('.Values.server.ingress.annotations'),
  ingressClass: word('.Values.server.ingress.className'),
  ingressHost: word('.Values.server.ingress.host'),
  ingressTls: field('.Values.server.ingress.tls'),
  routeParents: field('.Values.server.httpRoute.parentRefs'),
  routeHostnames: field('.Values.server.httpRoute.hostnames'),
  serviceMonitorLabels: entries('.Values.monitoring.serviceMonitor.labels'),
  serviceMonitorInterval: { text: '.Values.monitoring.serviceMonitor.interval' },
  rulesLabels: entries('.Values.monitoring.rules.labels'),
  runbooks: { text: '.Values.monitoring.rules.runbooks' },
  dashboardLabels: entries('.Values.monitoring.dashboard.labels'),
  tracesEndpoint: { text: '.Values.monitoring.traces.endpoint' },
  tracesAttributes: { text: '.Values.monitoring.traces.resourceAttributes' },
  tracesEnvironment: when(
    '.Values.monitoring.traces.endpoint',
    ...tracesEnvironment({ endpoint: 'CHART_tracesEndpoint', resourceAttributes: 'CHART_tracesAttributes' }),
  ),
  eventsBroker: { text: '.Values.cloudEvents.broker' },
  eventsFrom: field('.Values.networkPolicy.brokerFrom'),
  eventsEnvironment: withBroker(brokered.environment[0]),
  eventsPort: withBroker(brokered.ports[0]),
  eventsIngress: withBroker({ ...brokered.ingress[0], from: 'CHART_eventsFrom' }),
  trustedConfigMap: { text: '.Values.trustedCA.configMap' },
  trustedKey: { text: '.Values.trustedCA.key' },
  trustedEnvironment: withTrusted(trusted.environment[0]),
  trustedVolume: withTrusted(trusted.volumes[0]),
  trustedMount: withTrusted(trusted.mounts[0]),
  certificateVolume: withCertManager(mounted.volumes[0]),
  certificateMount: withCertManager(mounted.mounts[0]),
  caInjection: withCertManager(mounted.annotations),
} satisfies Record<string, Place>

const placeOf = (name: string | undefined): Place => {
  const found = Object.entries(places).find(([known]) => known === name)
  if (!found) throw new Error(`places.ts has no place "${name}"; add it, or use one that is there.`)
  return found[1]
}

const wholeLine = /^( *)(?:- |([\w./-]+): )?CHART_(\w+)(?:: "")?$/
const wholeValue = /(?<=: |- )CHART_(\w+)$/
const inside = /CHART_(\w+)/g

const lineWithPlaces = (line: string): string[] => {
  const [, indent = '', key, name] = wholeLine.exec(line) ?? []
  const own = name === undefined ? undefined : placeOf(name)
  if (own && 'lines' in own) return own.lines(indent.length, key)
  const expression = (found: string, isWhole: boolean): string => {
    const it = placeOf(found)
    if ('lines' in it) throw new Error(`the place "${found}" needs a line of its own, but is in "${line.trim()}"`)
    if ('number' in it) return `{{ ${it.number} }}`
    return isWhole ? `{{ ${it.text} | quote }}` : `{{ ${it.text} }}`
  }
  return [
    line
      .replace(wholeValue, (_, found: string) => expression(found, true))
      .replaceAll(inside, (_, found: string) => expression(found, false)),
  ]
}

/** YAML with words in it → a Helm template. */
export const toTemplate = (yaml: string): string =>
  yaml.replaceAll('{{', '{{ "{{" }}').split('\n').flatMap(lineWithPlaces).join('\n')
