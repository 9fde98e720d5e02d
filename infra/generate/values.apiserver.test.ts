import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { valueAt } from '../../shared/field-path.ts'
import { ensureBinaries } from '../local/binaries.ts'
import { silent } from '../local/progress.ts'
import { chartFolder, everyValue, renderedBy } from './chart-rendered.ts'

let helm: string
beforeAll(async () => {
  helm = (await ensureBinaries(['helm'], silent)).helm
}, 1_200_000)

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

const leavesOf = ({ properties }: Schema, path = ''): string[] =>
  properties && Object.keys(properties).length > 0
    ? Object.entries(properties).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
    : [path]

const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8')) as Schema

const term = { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } }
const podTerms = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'Exists' }] }],
    },
  },
  podAffinity: podTerms,
  podAntiAffinity: podTerms,
}
const resources = { requests: { cpu: '3' }, limits: { memory: '3Gi' }, claims: [{ name: 'gpu' }] }

/** Where everyValue says what another value makes void, or what is a default there. */
const alone: readonly object[] = [
  { image: { tag: 'v9' } },
  { certificates: { mode: 'cert-manager' } },
  { crds: { install: false } },
  { podDisruptionBudget: { enabled: false } },
  { networkPolicy: { enabled: false } },
  { serviceAccount: { name: 'ours', annotations: { 'example.com/role': 'a' } } },
  { server: { enabled: false } },
  { server: { serviceAccount: { create: false, name: 'ours' } } },
  { resources, affinity, server: { resources, affinity } },
]

const without = (values: object, [name = '', ...rest]: readonly string[]): object => {
  const { [name]: value, ...others } = values as Record<string, object>
  return rest.length === 0 || value === undefined ? others : { ...others, [name]: without(value, rest) }
}

/** All but Helm's own, which charts hand on to charts within them. */
const leaves = leavesOf(schema).filter((leaf) => leaf !== 'global')

test('values that are objects of Kubernetes are there too', () => expect(leaves).toContain('affinity.podAffinity'))

test.each(leaves)('value %s has an effect', { timeout: 120_000 }, (leaf) => {
  const path = leaf.split('.')
  const values = [...alone, everyValue('own')].find((one) => valueAt(one, path) !== undefined)
  if (!values) throw new Error(`there is no example of ${leaf}: add one to everyValue`)
  expect(renderedBy(helm, values)).not.toEqual(renderedBy(helm, without(values, path)))
})
