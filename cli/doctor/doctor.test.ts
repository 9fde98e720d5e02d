import { describe, expect, test } from 'vitest'
import { customResourceDefinition } from '../../crds/crd.ts'
import type { Agent } from '../../crds/agent.ts'
import { AgentKind } from '../../crds/agent.ts'
import { TaskKind } from '../../crds/task.ts'
import type { Node } from '../../crds/structural.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { validatingConfiguration, validatingName } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { withConditions } from '../../shared/conditions.ts'
import { agent, withAgentCondition } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { passwordFinding, readinessFindings } from './agents.ts'
import { certificateFinding } from './check.ts'
import { readiness } from './doctor.ts'
import { definitionFinding } from './kinds.ts'
import { configurationFindings, servingFinding } from './webhooks.ts'

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

describe('controllers', () => {
  const cases = [
    { ready: 2, want: /^ok: is ready \(Deployment system\/kubeopencode-controller, 2 of 2\)$/ },
    { ready: 1, want: /^warning: is not ready as a whole .* 1 of 2\): kubectl logs deployment\/kubeopencode-controller -n system/ },
    { ready: 0, want: /^fault: is not ready .*: kubectl logs .*kubectl describe pods -l app\.kubernetes\.io\/name=kubeopencode,/ },
  ] // prettier-ignore
  test.each(cases)('$ready of two are ready', ({ ready, want }) => {
    const metadata = { name: 'kubeopencode-controller', namespace: 'system' }
    const spec = { replicas: 2, selector: {}, template: {} }
    expect(stateAndWords(readiness({ metadata, spec, status: { readyReplicas: ready } }))).toMatch(want)
  })
})

describe('agents whose servers have a password of another key', () => {
  const told = (status: 'True' | 'False', name: string): Agent =>
    agent(withMetadata({ name }), (one) => ({
      ...one,
      status: {
        conditions: withConditions(
          [],
          [{ type: 'ServerPasswordWarning', status, reason: 'KeyChanged', message: '' }],
          now,
          1,
        ),
      },
    }))
  const words = (...agents: Agent[]) => stateAndWords(passwordFinding(agents, 'in all namespaces'))

  test('are named, with the remedy', () =>
    expect(words(told('True', 'coder'), agent(), told('False', 'other'))).toMatch(
      /^warning: .*\(KeyChanged\): default\/coder; bring Secret kubeopencode-server-key back, or delete Secret AGENT-server-auth/,
    ))
  test('are counted where they are many', () =>
    expect(words(...Array.from({ length: 7 }, (_, index) => told('True', `a${index}`)))).toContain(
      'default/a4 and 2 more;',
    ))
  test('where there are none, all is well', () =>
    expect(words(agent())).toBe('ok: have servers that take the password of the controllers (1 in all namespaces)'))
})

describe('agents that take no Tasks', () => {
  // The builders' agents were made at 11:50 of this day, and their conditions are of half a minute before noon.
  const noon = new Date('2026-06-01T12:00:00Z')
  const said = (...agents: Agent[]) =>
    readinessFindings(agents, { words: 'in all namespaces', flag: '-A' }, noon).map(
      ({ subject, state, says }) => `${state} ${subject}: ${says}`,
    )
  const broken = withAgentCondition('Ready', 'False', 'AgentError', 'no such\nConfigMap\u202e')
  const well = agent(withAgentCondition('Ready', 'True', 'Suspended'))

  test('are named, with what their servers wait for', () =>
    expect(said(well, agent(broken))).toEqual([
      'warning agent default/coder: has not been ready for 30s (AgentError): no such ConfigMap; kubeoc describe agent coder -n default says more',
    ]))
  test('that nobody has looked at point to the controller', () =>
    expect(said(agent())).toEqual([
      'warning agent default/coder: was created 10m ago and nobody has looked at it: does the controller run?',
    ]))
  test('that are new are given a minute', () =>
    expect(said(agent(withMetadata({ creationTimestamp: '2026-06-01T11:59:30Z' })))).toEqual([
      'ok agents: are ready, suspended as asked, or new (1 in all namespaces)',
    ]))
  test('are counted where they are many', () =>
    expect(said(...Array.from({ length: 7 }, () => agent(broken))).slice(5)).toEqual([
      'warning agents: take no Tasks: 2 more in all namespaces; kubeoc get agents -A shows them',
    ]))
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

describe('a kind in the cluster that would not store what controllers write', () => {
  const wanted = customResourceDefinition(AgentKind).spec.versions[0]!.schema.openAPIV3Schema
  const without = (...fields: string[]) => {
    const schema = structuredClone(wanted) as { properties: { status: { properties: Record<string, unknown> } } }
    for (const field of fields) delete schema.properties.status.properties[field]
    const versions = [{ name: 'v1alpha1', served: true, schema: { openAPIV3Schema: schema as Node } }]
    const found = { spec: { versions }, status: { conditions: [{ type: 'Established', status: 'True' }] } }
    return stateAndWords(definitionFinding('agents', wanted, found))
  }

  test('is named with each such field', () =>
    expect(without('idleSince', 'dueTime', 'nextTasks', 'url')).toBe(
      'warning: lacks fields that this kubeoc knows (status.url, status.idleSince, status.nextTasks, status.dueTime): upgrade the CustomResourceDefinitions',
    ))
  test('is a fault where Tasks wait for it', () =>
    expect(without('activeTasks')).toBe(
      'fault: lacks fields that this kubeoc knows (status.activeTasks), without which Agents with limits start no Tasks: upgrade the CustomResourceDefinitions',
    ))
})

describe('webhooks in the cluster beside those this program knows', () => {
  const reach = { service: { namespace: 'kubeopencode-system', name: 'kubeopencode-webhook' } }
  const caBundle = async (at: Date) => (await issue({ names: ['x'], now: at })).authority.certificate
  const words = (found: Parameters<typeof configurationFindings>[1]) =>
    configurationFindings(validatingName, found, now).map(stateAndWords)

  test('all there', async () => {
    const found = validatingConfiguration(hooks, { reach, caBundle: await caBundle(now) })
    expect(words(found)).toEqual(['ok: are registered (16)', expect.stringMatching(/^ok: is good until 2036/)])
  })
  test('none', () =>
    expect(words(undefined)).toEqual([
      'fault: are not registered: install KubeOpenCode of this version, or start its controller',
    ]))
  test('a certificate that is none', () =>
    expect(stateAndWords(servingFinding('x', Buffer.from('garbage'), now))).toBe(
      'fault: cannot be read: a controller that runs makes another within a minute',
    ))
  test('one is missing', async () => {
    const found = validatingConfiguration(hooks.slice(0, -1), { reach, caBundle: await caBundle(now) })
    expect(words(found)[0]).toMatch(/^fault: lack observe\.persistentvolumeclaims\.kubeopencode\.io: /)
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
