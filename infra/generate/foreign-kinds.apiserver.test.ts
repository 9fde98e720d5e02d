import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { ensureBinaries } from '../local/binaries.ts'
import { goEnvironment } from '../local/build.ts'
import type { Cluster } from '../local/cluster.ts'
import { startCluster } from '../local/cluster.ts'
import { silent } from '../local/progress.ts'
import { isInstalled, run } from '../local/run.ts'
import { everyValue, renderedBy } from './chart-rendered.ts'
import { yamlDocuments } from './manifests.ts'

/** Where the kinds of others are defined: Go modules, by version and by the hash that Go has of them. */
const definitions = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    folder: 'example/prometheus-operator-crd',
    files: ['monitoring.coreos.com_servicemonitors.yaml', 'monitoring.coreos.com_prometheusrules.yaml'],
  },
  {
    module: 'sigs.k8s.io/gateway-api@v1.6.3',
    sum: 'h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=',
    folder: 'config/crd/standard',
    files: ['gateway.networking.k8s.io_httproutes.yaml'],
  },
  {
    module: 'github.com/cert-manager/cert-manager@v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    folder: 'deploy/crds',
    files: ['cert-manager.io_issuers.yaml', 'cert-manager.io_certificates.yaml'],
  },
]
const kinds = new Set(['Certificate', 'HTTPRoute', 'Issuer', 'PrometheusRule', 'ServiceMonitor'])

const dir = mkdtempSync(join(tmpdir(), 'koc-'))
let cluster: Cluster
let helm: string

const kubectl = (args: readonly string[], input = ''): string =>
  execFileSync(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args], {
    encoding: 'utf8',
    input,
    stdio: 'pipe',
  })

const filesOf = async ({ module, sum, folder, files }: (typeof definitions)[number]): Promise<string[]> => {
  if (!(await isInstalled('go'))) throw new Error(`Go fetches the definitions of ${module}, and is not installed.`)
  const said = await run('go', ['mod', 'download', '-json', module], { cwd: dir, env: goEnvironment })
  const { Dir, Sum } = JSON.parse(said) as { Dir: string; Sum: string }
  if (Sum !== sum) throw new Error(`${module} is not what it was: ${Sum} instead of ${sum}`)
  return files.map((file) => join(Dir, folder, file))
}

beforeAll(async () => {
  helm = (await ensureBinaries(['helm'], silent)).helm
  const files = await Promise.all(definitions.map(filesOf))
  cluster = await startCluster({ dir: join(dir, 'cluster'), node: false, tmpfs: true, name: 'foreign' })
  kubectl(['create', 'namespace', SYSTEM_NAMESPACE])
  const flags = files.flat().flatMap((file) => ['-f', file])
  kubectl(['apply', '--server-side', ...flags])
  kubectl(['wait', '--for=condition=Established', '--timeout=300s', ...flags])
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const ofOthers = (values: object): KubeObject[] => renderedBy(helm, values).filter(({ kind }) => kinds.has(kind ?? ''))

/** Strictly: a field that the kind does not have is refused. */
const taken = (objects: readonly KubeObject[]): string =>
  kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], yamlDocuments(objects))

describe('what the chart makes of kinds of others is what these take', () => {
  const plain = {
    certificates: { mode: 'cert-manager' },
    monitoring: { serviceMonitor: { enabled: true }, rules: { enabled: true } },
    server: { httpRoute: { enabled: true, parentRefs: [{ name: 'gateway' }] } },
  }
  test.each([
    { name: 'with every value', values: everyValue('cert-manager') },
    { name: 'with the least', values: plain },
  ])('$name', ({ values }) => {
    const objects = ofOthers(values)
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(kinds)
    expect(taken(objects).trim().split('\n')).toHaveLength(objects.length)
  })

  test.each([...kinds])('a %s with a field of its own is refused', (kind) => {
    const object = ofOthers(plain).find((found) => found.kind === kind)
    const { spec } = object as unknown as { spec: object }
    expect(() => taken([{ ...object, spec: { ...spec, ofNobody: 1 } } as KubeObject])).toThrow(/ofNobody/)
  })
})
