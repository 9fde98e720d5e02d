import * as z from 'zod'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { MonitoringOptions } from '../monitoring/objects.ts'
import { dashboardMap, dashboardText, prometheusRule, ruleGroups, serviceMonitor } from '../monitoring/objects.ts'
import { yamlOf } from './manifests.ts'
import type { Output } from './output.ts'
import { GENERATED } from './output.ts'
import { place } from './places.ts'

const texts = z.record(z.string(), z.string())

/** Values of the chart. */
export const Monitoring = z
  .strictObject({
    serviceMonitor: z
      .strictObject({
        enabled: z.boolean().default(false),
        interval: z
          .string()
          .regex(/^\d+(s|m)$/)
          .default('30s'),
        labels: texts.default({}).describe('By which your Prometheus chooses what it reads.'),
      })
      .prefault({})
      .describe('Needs the kinds of the Prometheus operator.'),
    rules: z
      .strictObject({
        enabled: z.boolean().default(false),
        labels: texts.default({}).describe('By which your Prometheus chooses its rules.'),
        runbooks: z
          .string()
          .min(1)
          .default('docs/runbooks')
          .describe('Where that folder can be read; alerts link to it.'),
      })
      .prefault({})
      .describe('The alerts as PrometheusRules, which need the kinds of the Prometheus operator.'),
    dashboard: z
      .strictObject({
        enabled: z.boolean().default(false),
        labels: texts.default({ grafana_dashboard: '1' }).describe("By which Grafana's sidecar finds dashboards."),
      })
      .prefault({})
      .describe('The dashboard for Grafana, in a ConfigMap.'),
    traces: z
      .strictObject({
        endpoint: z
          .string()
          .regex(/^(https?:\/\/.+)?$/)
          .default('')
          .describe('A collector that takes OTLP over HTTP, such as http://collector.monitoring:4318; off if empty.'),
        resourceAttributes: z
          .string()
          .default('')
          .describe(
            'What is said of this installation, such as k8s.cluster.name=prod,deployment.environment.name=prod.',
          ),
      })
      .prefault({})
      .describe('Traces of Tasks. Secret kubeopencode-traces may hold headers for the collector (docs/monitoring.md).'),
  })
  .prefault({})
  .describe('What is measured, and what to look at (docs/monitoring.md).')

const options: MonitoringOptions = {
  namespace: place('namespace'),
  labels: { 'app.kubernetes.io/name': 'kubeopencode', [place('labels')]: '' },
  monitorLabels: { [place('serviceMonitorLabels')]: '' },
  interval: place('serviceMonitorInterval'),
  rulesLabels: { [place('rulesLabels')]: '' },
  runbooks: place('runbooks'),
  dashboardLabels: { [place('dashboardLabels')]: '' },
}

/** Templates of the chart, with the value that asks for each. */
export const monitoringTemplates: readonly {
  readonly name: string
  readonly objects: readonly KubeObject[]
  readonly value: string
}[] = [
  { name: 'monitoring-scrape', objects: serviceMonitor(options), value: 'serviceMonitor' },
  { name: 'monitoring-rules', objects: [prometheusRule('controller', options)], value: 'rules' },
  { name: 'monitoring-server-rules', objects: [prometheusRule('server', options)], value: 'rules', needs: 'server' },
  { name: 'monitoring-dashboard', objects: [dashboardMap(options)], value: 'dashboard' },
].map(({ value, needs, ...rest }) => {
  const asked = `.Values.monitoring.${value}.enabled`
  return { ...rest, value: needs === undefined ? asked : `and ${asked} .Values.${needs}.enabled` }
})

/** The alerts and the dashboard for who has no Helm, or no operator. */
export const monitoring = (): Output[] => [
  {
    path: 'infra/monitoring/generated/alerts.yaml',
    content: GENERATED + yamlOf({ groups: Object.values(ruleGroups('docs/runbooks')) }),
  },
  { path: 'infra/monitoring/generated/dashboard.json', content: dashboardText },
]
