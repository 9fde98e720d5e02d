import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { ensureBinaries } from '../local/binaries.ts'
import { silent } from '../local/progress.ts'
import { run } from '../local/run.ts'
import { dashboardText, ruleGroups } from '../monitoring/objects.ts'
import { METRICS_SERVICE } from './installation.ts'
import { yamlOf } from './manifests.ts'

const dir = mkdtempSync(join(tmpdir(), 'koc-'))
const chart = join(import.meta.dirname, '../helm/kubeopencode')
let helm: string
beforeAll(async () => {
  helm = (await ensureBinaries(['helm'], silent)).helm
}, 600_000)
afterAll(() => rmSync(dir, { recursive: true }))

type Found = KubeObject & { readonly spec?: object; readonly data?: Readonly<Record<string, string>> }

/** What is for monitoring in the chart with these values. */
const rendered = async (monitoring: object = {}, others: object = {}): Promise<Found[]> => {
  const file = join(dir, 'values.yaml')
  writeFileSync(file, yamlOf({ monitoring, ...others }))
  const args = ['template', 'kubeopencode', chart, '--kube-version', '1.36.0', '-n', 'koc', '-f', file]
  return parseAllDocuments(await run(helm, args))
    .flatMap((document) => (document.toJS() ? [document.toJS() as Found] : []))
    .filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/component'] === 'metrics')
}

describe('the chart', () => {
  test('has nothing of it unless it is asked', async () => expect(await rendered()).toEqual([]))

  test('lets Prometheus find what is measured', async () => {
    const found = await rendered({ serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prom' } } })
    const [service, monitor] = found
    expect(found.map(({ kind }) => kind)).toEqual(['Service', 'ServiceMonitor'])
    expect(service).toMatchObject({
      metadata: { name: METRICS_SERVICE, namespace: 'koc' },
      spec: {
        selector: { 'app.kubernetes.io/name': 'kubeopencode' },
        ports: [{ name: 'metrics', targetPort: 'metrics' }],
      },
    })
    const selected = { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'metrics' }
    expect(monitor?.spec).toMatchObject({ selector: { matchLabels: selected } })
    expect(service?.metadata?.labels).toMatchObject(selected)
    expect(monitor).toMatchObject({
      metadata: { labels: { release: 'prom' } },
      spec: { endpoints: [{ port: 'metrics', interval: '15s' }] },
    })
  })

  test('brings the alerts as they are, with links to where the runbooks are', async () => {
    const runbooks = 'https://runbooks.example/koc'
    const rules = await rendered({ rules: { enabled: true, runbooks, labels: { release: 'prom' } } })
    const { controller, server } = ruleGroups(runbooks)
    expect(rules).toMatchObject(
      [controller, server].map(({ name }) => ({
        kind: 'PrometheusRule',
        metadata: { name, labels: { release: 'prom' } },
      })),
    )
    expect(rules.map(({ spec }) => spec)).toEqual([{ groups: [controller] }, { groups: [server] }])
  })

  test('has no alerts of a server where there is none', async () => {
    const rules = await rendered({ rules: { enabled: true } }, { server: { enabled: false } })
    expect(rules.map(({ metadata }) => metadata?.name)).toEqual(['kubeopencode'])
  })

  test('brings the dashboard as it is', async () => {
    const [map] = await rendered({ dashboard: { enabled: true } })
    expect(map).toMatchObject({ kind: 'ConfigMap', metadata: { labels: { grafana_dashboard: '1' } } })
    expect(map?.data).toEqual({ 'kubeopencode.json': dashboardText })
  })

  test.each([
    { serviceMonitor: { enabled: true, interval: 'often' } },
    { rules: { enabled: true, runbooks: '' } },
    { dashboards: {} },
  ])('refuses %j', async (values) => expect(rendered(values)).rejects.toThrow(/monitoring/))
})
