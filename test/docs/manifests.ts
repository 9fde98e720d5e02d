import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { AgentSpec } from '../../crds/agent.ts'
import { API_VERSION, GROUP } from '../../crds/names.ts'
import { documentsOf } from '../../cli/manifests/documents.ts'
import type { Block } from './markdown.ts'
import { root } from './markdown.ts'

type Fields = Readonly<Record<string, unknown>>

/** Objects that an apiserver takes, values of the chart, or what has a reason to be neither. */
export type Yaml =
  | { readonly type: 'objects'; readonly objects: readonly Fields[] }
  | { readonly type: 'values'; readonly values: Fields }
  | { readonly type: 'foreign'; readonly because: string }
  | { readonly type: 'unknown'; readonly faults: readonly string[] }

/** API groups that the control plane of the tests does not have. */
const foreignGroups: Readonly<Record<string, string>> = {
  'apiserver.config.k8s.io': 'a file that the apiserver reads when it starts',
  'argoproj.io': 'needs Argo CD',
  'cert-manager.io': 'needs cert-manager',
  'eventing.knative.dev': 'needs Knative',
  'gateway.networking.k8s.io': 'needs the Gateway API',
  'kustomize.config.k8s.io': 'a file that kustomize reads',
  'monitoring.coreos.com': 'needs the Prometheus operator',
  'trust.cert-manager.io': 'needs trust-manager',
  'velero.io': 'needs Velero',
}

/** Keys that say whose file it is, when it is no object of Kubernetes. */
const foreignKeys: Readonly<Record<string, string>> = {
  jobs: 'a workflow of GitHub',
  receivers: 'configuration of Alertmanager or of an OpenTelemetry collector',
  scrape_configs: 'configuration of Prometheus',
  groups: 'rules of Prometheus',
}

const groupOf = (apiVersion: unknown): string =>
  typeof apiVersion === 'string' ? (apiVersion.split('/')[0] ?? '') : ''

const schema = JSON.parse(readFileSync(join(root, 'infra/helm/kubeopencode/values.schema.json'), 'utf8')) as {
  readonly properties: Fields
}
const ajv = new Ajv({ strict: false, allErrors: true })
const isValues = ajv.compile(schema)

/** What is wrong with values of the chart. */
export const valuesFaults = (values: Fields): string[] =>
  isValues(values) ? [] : (isValues.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

/** A part of an Agent, laid over the least there is of one. */
const agentWith = (spec: Fields): Fields => ({
  apiVersion: API_VERSION,
  kind: 'Agent',
  metadata: { name: 'part' },
  spec: { workspaceDir: '/workspace', serviceAccountName: 'default', ...spec },
})

const areKeysOf = (value: Fields, known: object): boolean => {
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => key in known)
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a block is. A part of an Agent may stand alone, from `spec:` on or without it. */
export const readYaml = ({ page, text }: Block): Yaml => {
  const { objects, faults } = documentsOf({ name: page, text })
  const all = objects.map(({ object }) => object)
  const [first] = all
  if (faults.length > 0 || first === undefined) return { type: 'unknown', faults: faults.map(({ message }) => message) }
  if (all.every(({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined)) {
    const foreign = all
      .map(({ apiVersion }) => foreignGroups[groupOf(apiVersion)])
      .find((reason) => reason !== undefined)
    return foreign === undefined ? { type: 'objects', objects: all } : { type: 'foreign', because: foreign }
  }
  const { spec } = first
  if (areKeysOf(first, { spec }) && isFields(spec)) return { type: 'objects', objects: [agentWith(spec)] }
  if (areKeysOf(first, AgentSpec.shape)) return { type: 'objects', objects: [agentWith(first)] }
  if (areKeysOf(first, schema.properties)) return { type: 'values', values: first }
  const because = Object.entries(foreignKeys).find(([key]) => key in first)?.[1]
  return because === undefined
    ? {
        type: 'unknown',
        faults: [
          `${Object.keys(first).join(', ')}: neither an object, a part of an Agent's spec, nor values of the chart`,
        ],
      }
    : { type: 'foreign', because }
}

export const isOurs = ({ apiVersion }: Fields): boolean => groupOf(apiVersion) === GROUP
