import { describe, expect, test } from 'vitest'
import { customResourceDefinition } from '../../crds/crd.ts'
import { TaskKind } from '../../crds/task.ts'
import type { Node } from '../../crds/structural.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { validatingConfiguration, validatingName } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { certificateFinding } from './check.ts'
import { definitionFinding } from './kinds.ts'
import { configurationFindings } from './webhooks.ts'

const now = new Date('2026-06-01T00:00:00Z')
const stateAndWords = ({ state, says }: { state: string; says: string }): string => `${state}: ${says}`

describe('certificates', () => {
  const cases = [
    { ends: '2026-09-01T00:00:00Z', want: 'ok: is good until 2026-09-01' },
    { ends: '2026-06-10T00:00:00Z', want: 'warning: expires on 2026-06-10, in 9 days: renew it' },
    { ends: '2026-05-31T00:00:00Z', want: 'fault: has expired on 2026-05-31: renew it' },
  ]
  test.each(cases)('$want', ({ ends, want }) =>
    expect(stateAndWords(certificateFinding('x', new Date(ends), now, 'renew it'))).toBe(want),
  )
})

describe('a kind in the cluster beside the one this program knows', () => {
  const definition = customResourceDefinition(TaskKind)
  const wanted = definition.spec.versions[0]!.schema.openAPIV3Schema
  const found = (schema: Node, established = 'True', served = true) => ({
    spec: { versions: [{ name: 'v1alpha1', served, schema: { openAPIV3Schema: schema } }] },
    status: { conditions: [{ type: 'Established', status: established, message: 'names conflict' }] },
  })
  const { timeout: _left, ...older } = wanted.properties!['spec']!.properties!
  const schemaWith = (properties: Node['properties']): Node => ({
    ...wanted,
    properties: { ...wanted.properties, spec: { ...wanted.properties!['spec'], properties: properties! } },
  })
  const newer = { ...wanted.properties!['spec']!.properties, later: { type: 'string' } }
  const cases = [
    { name: 'the same', given: found(wanted), want: 'ok: is served as v1alpha1, with the fields of this kubeoc' },
    { name: 'none', given: undefined, want: 'fault: is not known to the cluster: install KubeOpenCode, or its CustomResourceDefinitions anew' },
    { name: 'an older one', given: found(schemaWith(older)), want: 'warning: lacks fields that this kubeoc knows (spec.timeout): upgrade the CustomResourceDefinitions' },
    { name: 'a newer one', given: found(schemaWith(newer)), want: 'warning: has fields that this kubeoc does not know (spec.later): upgrade kubeoc' },
    { name: 'not served', given: found(wanted, 'True', false), want: 'fault: is not served as v1alpha1: install KubeOpenCode, or its CustomResourceDefinitions anew' },
    { name: 'not established', given: found(wanted, 'False'), want: 'fault: is not served: names conflict' },
  ] // prettier-ignore
  test.each(cases)('$name', ({ given, want }) =>
    expect(stateAndWords(definitionFinding('tasks', wanted, given))).toBe(want),
  )
})

describe('webhooks in the cluster beside those this program knows', () => {
  const reach = { service: { namespace: 'kubeopencode-system', name: 'kubeopencode-webhook' } }
  const caBundle = async (at: Date) => (await issue({ names: ['x'], now: at })).authority.certificate
  const words = (found: Parameters<typeof configurationFindings>[1]) =>
    configurationFindings(validatingName, found, now).map(stateAndWords)

  test('all there', async () => {
    const found = validatingConfiguration(hooks, { reach, caBundle: await caBundle(now) })
    expect(words(found)).toEqual(['ok: are registered (13)', expect.stringMatching(/^ok: is good until 2036/)])
  })
  test('none', () =>
    expect(words(undefined)).toEqual([
      'fault: are not registered: install KubeOpenCode of this version, or start its controller',
    ]))
  test('one is missing', async () => {
    const found = validatingConfiguration(hooks.slice(0, -1), { reach, caBundle: await caBundle(now) })
    expect(words(found)[0]).toMatch(/^fault: lack observe\.deployments\.kubeopencode\.io: /)
  })
  test('without a CA', () =>
    expect(words(validatingConfiguration(hooks, { reach }))[1]).toMatch(
      /^fault: has no CA: the apiserver trusts nobody there/,
    ))
  test('with one that has ended', async () => {
    const long = new Date('2010-01-01T00:00:00Z')
    const found = validatingConfiguration(hooks, { reach, caBundle: await caBundle(long) })
    expect(words(found)[1]).toMatch(/^fault: has expired on 20/)
  })
})
