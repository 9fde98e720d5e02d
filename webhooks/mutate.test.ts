import * as fc from 'fast-check'
import type { Operation } from 'fast-json-patch'
import jsonpatch from 'fast-json-patch'
import { describe, expect, test } from 'vitest'
import type { KindName } from '../crds/kinds.ts'
import { kinds } from '../crds/kinds.ts'
import { full } from '../crds/samples/full.ts'
import { manifests } from '../crds/samples/manifests.ts'
import { mutateAgentTemplate } from './agent-template/mutate.ts'
import { mutateAgent } from './agent/mutate.ts'
import { mutateConfig } from './config/mutate.ts'
import { mutateCronTask } from './cron-task/mutate.ts'
import { jsonPatch } from './json-patch.ts'
import { meddled } from './samples/meddled.ts'
import { agentSpec, stored } from './samples/reviews.ts'
import { hooks } from './table.ts'
import { mutateTask } from './task/mutate.ts'

const mutateOf = (kind: KindName) => {
  const hook = hooks.find((one) => one.type === 'mutate' && one.kind === kind)
  if (hook?.type !== 'mutate') throw new Error(`${kind} has no mutating hook`)
  return hook.mutate
}

const cronTaskOwner = {
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'CronTask',
  name: 'nightly',
  uid: 'u1',
  controller: true,
}

describe('mutate', () => {
  const task = (spec: object, metadata: object = {}) => stored('Task', 'x', { ...spec }, { metadata })
  const agent = (spec: object, metadata: object = {}) => stored('Agent', 'a', { ...agentSpec, ...spec }, { metadata })
  const cases = [
    {
      name: 'a Task carries the label of its Agent',
      got: mutateTask(task({ agentRef: { name: 'a' } })),
      want: task({ agentRef: { name: 'a' } }, { labels: { 'kubeopencode.io/agent': 'a' } }),
    },
    {
      name: 'a Task carries the label of its template, and other labels stay',
      got: mutateTask(task({ templateRef: { name: 't' } }, { labels: { team: 'x' } })),
      want: task({ templateRef: { name: 't' } }, { labels: { team: 'x', 'kubeopencode.io/agent-template': 't' } }),
    },
    {
      name: 'labels that only we may set are reset',
      got: mutateTask(
        task(
          { agentRef: { name: 'a' } },
          {
            labels: {
              'kubeopencode.io/agent': 'other',
              'kubeopencode.io/crontask': 'nightly',
              'kubeopencode.io/task': 'y',
            },
          },
        ),
      ),
      want: task({ agentRef: { name: 'a' } }, { labels: { 'kubeopencode.io/agent': 'a' } }),
    },
    {
      name: "a CronTask's Task carries its label",
      got: mutateTask(task({ agentRef: { name: 'a' } }, { ownerReferences: [cronTaskOwner] })),
      want: task(
        { agentRef: { name: 'a' } },
        {
          ownerReferences: [cronTaskOwner],
          labels: { 'kubeopencode.io/agent': 'a', 'kubeopencode.io/crontask': 'nightly' },
        },
      ),
    },
    {
      name: 'a context says its type',
      got: mutateTask(task({ agentRef: { name: 'a' }, contexts: [{ text: 'x' }, { runtime: {} }] })),
      want: task(
        {
          agentRef: { name: 'a' },
          contexts: [
            { text: 'x', type: 'Text' },
            { runtime: {}, type: 'Runtime' },
          ],
        },
        { labels: { 'kubeopencode.io/agent': 'a' } },
      ),
    },
    {
      name: 'a Task that breaks the schema passes as it is',
      got: mutateTask(task({ contexts: [{ text: 'x' }] })),
      want: task({ contexts: [{ text: 'x' }] }),
    },
    {
      name: "the keys of an Agent's CA bundle",
      got: mutateAgent(agent({ caBundle: { configMapRef: { name: 'ca' } } })),
      want: agent({ caBundle: { configMapRef: { name: 'ca', key: 'ca-bundle.crt' } } }),
    },
    {
      name: 'a key that is said stays',
      got: mutateAgent(agent({ caBundle: { secretRef: { name: 'ca', key: 'mine' } } })),
      want: agent({ caBundle: { secretRef: { name: 'ca', key: 'mine' } } }),
    },
    {
      name: "a template's CA Secret",
      got: mutateAgentTemplate(stored('AgentTemplate', 't', { ...agentSpec, caBundle: { secretRef: { name: 'ca' } } })),
      want: stored('AgentTemplate', 't', { ...agentSpec, caBundle: { secretRef: { name: 'ca', key: 'ca.crt' } } }),
    },
    {
      name: 'in-cluster names do not go through the proxy of an Agent',
      got: mutateAgent(agent({ proxy: { httpsProxy: 'http://p:1', noProxy: 'localhost, .corp' } })),
      want: agent({ proxy: { httpsProxy: 'http://p:1', noProxy: 'localhost,.corp,.svc,.cluster.local' } }),
    },
    {
      name: 'nor through the proxy of the cluster, by its own domain',
      got: mutateConfig(stored('KubeOpenCodeConfig', 'cluster', { clusterDomain: 'k8s.corp', proxy: {} })),
      want: stored('KubeOpenCodeConfig', 'cluster', {
        clusterDomain: 'k8s.corp',
        proxy: { noProxy: '.svc,.k8s.corp' },
      }),
    },
    {
      name: 'an Agent carries the label of its template',
      got: mutateAgent(agent({ templateRef: { name: 't' } })),
      want: agent({ templateRef: { name: 't' } }, { labels: { 'kubeopencode.io/agent-template': 't' } }),
    },
    {
      name: 'and loses it with the reference',
      got: mutateAgent(agent({}, { labels: { 'kubeopencode.io/agent-template': 't', team: 'x' } })),
      want: agent({}, { labels: { team: 'x' } }),
    },
    {
      name: "standby's mark stays while the Agent is suspended",
      got: mutateAgent(agent({ suspend: true }, { annotations: { 'kubeopencode.io/suspended-by': 'standby' } })),
      want: agent({ suspend: true }, { annotations: { 'kubeopencode.io/suspended-by': 'standby' } }),
    },
    {
      name: "standby's mark goes when the Agent is resumed",
      got: mutateAgent(
        agent({ suspend: false }, { annotations: { 'kubeopencode.io/suspended-by': 'standby', a: 'b' } }),
      ),
      want: agent({ suspend: false }, { annotations: { a: 'b' } }),
    },
    {
      name: "the contexts of a CronTask's Tasks",
      got: mutateCronTask(
        stored('CronTask', 'c', {
          schedule: '0 9 * * *',
          taskTemplate: { spec: { agentRef: { name: 'a' }, contexts: [{ text: 'x' }] } },
        }),
      ),
      want: stored('CronTask', 'c', {
        schedule: '0 9 * * *',
        taskTemplate: { spec: { agentRef: { name: 'a' }, contexts: [{ text: 'x', type: 'Text' }] } },
      }),
    },
  ]
  test.each(cases)('$name', ({ got, want }) => expect(got).toEqual(want))
})

const samples = [
  ...kinds.flatMap(({ kind }) => full[kind].map((object) => ({ kind, object: object as object }))),
  ...manifests,
]

describe('whatever comes', () => {
  const arbitrary = fc
    .constantFrom(...samples)
    .chain(({ kind, object }) => fc.tuple(fc.constant(kind), meddled(object)))

  test('saying it twice changes nothing, the input is never touched, and the patch leads there', () => {
    fc.assert(
      fc.property(arbitrary, ([kind, object]) => {
        const mutate = mutateOf(kind)
        const before = JSON.stringify(object)
        const once = mutate(object)
        expect(JSON.stringify(object)).toBe(before)
        expect(mutate(once)).toEqual(once)
        const patched = jsonpatch.applyPatch(structuredClone(object), jsonPatch(object, once) as Operation[])
        expect(patched.newDocument).toEqual(once)
      }),
      { numRuns: 200 },
    )
  })

  test.each(samples)('$kind of the samples stays acceptable', ({ kind, object }) => {
    const schema = kinds.find((one) => one.kind === kind)!.object
    expect(schema.safeParse(mutateOf(kind)(object)).error?.issues).toBeUndefined()
  })
})

test('a patch says only what differs', () => {
  const from = { a: { 'x/y~z': 1, gone: true, same: [1, { b: 2 }] }, list: [1], none: undefined }
  const to = { a: { 'x/y~z': 2, same: [1, { b: 3 }], added: null }, list: [1, 2] }
  expect(jsonPatch(from, to)).toEqual([
    { op: 'replace', path: '/a/x~1y~0z', value: 2 },
    { op: 'remove', path: '/a/gone' },
    { op: 'replace', path: '/a/same/1/b', value: 3 },
    { op: 'add', path: '/a/added', value: null },
    { op: 'replace', path: '/list', value: [1, 2] },
  ])
})
