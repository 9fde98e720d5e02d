import type { Service } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Labels } from '../generate/options.ts'
import { METRICS_SERVICE, ports } from '../generate/installation.ts'
import type { Alert } from './alerts.ts'
import { alerts } from './alerts.ts'
import { dashboard } from './dashboard.ts'

export interface MonitoringOptions {
  readonly namespace: string
  /** On every object. */
  readonly labels: Labels
  /** By which an operator's Prometheus chooses what it reads. */
  readonly monitorLabels: Labels
  readonly rulesLabels: Labels
  readonly interval: string
  /** Where the folder docs/runbooks can be read. */
  readonly runbooks: string
  /** By which Grafana's sidecar finds dashboards. */
  readonly dashboardLabels: Labels
}

const component = { 'app.kubernetes.io/component': 'metrics' }

/** The controller's Pods and the server's. */
const service = ({ namespace, labels }: MonitoringOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: METRICS_SERVICE, namespace, labels: { ...labels, ...component } },
  spec: {
    clusterIP: 'None',
    selector: { 'app.kubernetes.io/name': 'kubeopencode' },
    ports: [{ name: 'metrics', port: ports.metrics, targetPort: 'metrics' }],
  },
})

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor */
export const serviceMonitor = (options: MonitoringOptions): KubeObject[] => {
  const { namespace, labels, monitorLabels, interval } = options
  return [
    service(options),
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: 'kubeopencode', namespace, labels: { ...labels, ...component, ...monitorLabels } },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'kubeopencode', ...component } },
        endpoints: [{ port: 'metrics', interval }],
      },
    } as KubeObject,
  ]
}

const rule = ({ name, expr, holds, severity, summary }: Alert, runbooks: string) => ({
  alert: name,
  expr,
  ...(holds !== undefined && { for: holds }),
  labels: { severity },
  annotations: { summary, runbook_url: `${runbooks}/${name}.md` },
})

/** A group of rules for each program, as Prometheus reads them from a file and the operator from a PrometheusRule. */
export const ruleGroups = (runbooks: string) => {
  const rulesOf = (chosen: readonly Alert[]) => chosen.map((alert) => rule(alert, runbooks))
  return {
    controller: { name: 'kubeopencode', rules: rulesOf(alerts.filter(({ isOfServer }) => !isOfServer)) },
    server: { name: 'kubeopencode-server', rules: rulesOf(alerts.filter(({ isOfServer }) => isOfServer)) },
  }
}

/** One for each program, as an installation may have no server. */
export const prometheusRule = (program: 'controller' | 'server', options: MonitoringOptions): KubeObject => {
  const { namespace, labels, rulesLabels, runbooks } = options
  const group = ruleGroups(runbooks)[program]
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: group.name, namespace, labels: { ...labels, ...component, ...rulesLabels } },
    spec: { groups: [group] },
  } as KubeObject
}

export const dashboardText = `${JSON.stringify(dashboard, undefined, 2)}\n`

export const dashboardMap = ({ namespace, labels, dashboardLabels }: MonitoringOptions): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeopencode-dashboard', namespace, labels: { ...labels, ...component, ...dashboardLabels } },
    data: { 'kubeopencode.json': dashboardText },
  }) as KubeObject
