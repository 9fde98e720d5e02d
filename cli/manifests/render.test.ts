import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod } from 'kubernetes-types/core/v1'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { testIo } from '../../test/builders/io.ts'
import { run } from '../program.ts'

const examples = join(import.meta.dirname, '../../docs/examples')
const dir = mkdtempSync(join(tmpdir(), 'kubeoc-render-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const rendered = async (words: readonly string[], stdin?: string) => {
  const io = testIo({ now: () => new Date('2026-06-01T12:00:30Z'), ...(stdin !== undefined && { stdin }) })
  const code = await run(['render', ...words], io)
  const objects = parseAllDocuments(io.stdout(), { version: '1.1' }).map((document) => document.toJS() as KubeObject)
  return { code, objects, out: io.stdout(), err: io.stderr() }
}
const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)

const agent = (spec: object = {}) => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'Agent',
  metadata: { name: 'coder' },
  spec: { workspaceDir: '/workspace', serviceAccountName: 'default', ...spec },
})
const task = (spec: object = {}) => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'Task',
  metadata: { name: 'fix' },
  spec: { agentRef: { name: 'coder' }, description: 'Repair it', ...spec },
})
const cronTask = {
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'CronTask',
  metadata: { name: 'nightly' },
  spec: { schedule: '0 3 * * *', timeZone: 'Europe/Berlin', taskTemplate: { spec: task().spec } },
}
const template = {
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'AgentTemplate',
  metadata: { name: 'base' },
  spec: { workspaceDir: '/work', serviceAccountName: 'default', executorImage: 'example.com/devbox:1' },
}
const texts = (...objects: readonly object[]): string =>
  objects.map((object) => stringify(object, { version: '1.1' })).join('---\n')

describe('what would be created', () => {
  const cases = [
    { name: 'an Agent', given: [agent()], want: ['Secret coder-server-auth', 'Service coder', 'Deployment coder-server'] },
    { name: 'one with volumes', given: [agent({ persistence: { sessions: {}, workspace: {} } })], want: ['Secret coder-server-auth', 'PersistentVolumeClaim coder-server-sessions', 'PersistentVolumeClaim coder-server-workspace', 'Service coder', 'Deployment coder-server'] },
    { name: 'a Task of an Agent', given: [agent(), task()], want: ['Secret coder-server-auth', 'Service coder', 'Deployment coder-server', 'ConfigMap fix-context', 'Pod fix-pod'] },
    { name: 'the next run of a CronTask', given: [template, { ...cronTask, spec: { ...cronTask.spec, taskTemplate: { spec: { templateRef: { name: 'base' }, description: 'x' } } } }], want: ['Task nightly-1780362000', 'ConfigMap nightly-1780362000-context', 'Pod nightly-1780362000-pod'] },
    { name: 'a template alone', given: [template], want: [] },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ given, want }) => {
    const { code, objects } = await rendered(['-f', '-'], texts(...given))
    expect(code).toBe(0)
    expect(names(objects).toSorted()).toEqual(want.toSorted())
  })

  test('an Agent takes from its template, its ConfigMaps and the cluster’s settings', async () => {
    const file = join(dir, 'all.yaml')
    const own = agent({
      workspaceDir: undefined,
      templateRef: { name: 'base' },
      contexts: [{ configMap: { name: 'rules' } }],
      proxy: { httpProxy: 'http://proxy:3128' },
    })
    const settings = {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'KubeOpenCodeConfig',
      metadata: { name: 'cluster' },
      spec: { clusterDomain: 'example.internal' },
    }
    const rules = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'rules' }, data: { 'style.md': 'No tabs.' } }
    writeFileSync(file, texts(own, template, settings, rules))
    const { code, objects, out } = await rendered([file, '-n', 'demo'])
    expect(code).toBe(0)
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as Deployment
    expect(deployment.metadata?.namespace).toBe('demo')
    expect(deployment.spec?.template?.spec?.containers[0]?.image).toBe('example.com/devbox:1')
    expect(out).toContain('No tabs.')
    expect(out).toContain('example.internal')
  })

  test('a Secret is there without anything that could be taken for what it holds', async () => {
    const { objects, out, err } = await rendered(['-'], texts(agent()))
    expect(objects.find(({ kind }) => kind === 'Secret')).not.toHaveProperty('data')
    expect(out).not.toContain(btoa('made-by-the-controller'))
    expect(err).toBe('What Secret coder-server-auth holds is made by the controller and left out here.\n')
  })

  test('a Task of a suspended, busy Agent is laid out as when its turn comes', async () => {
    const { objects } = await rendered(['-'], texts(agent({ suspend: true, maxConcurrentTasks: 1 }), task()))
    const pod = objects.find(({ kind }) => kind === 'Pod') as Pod
    expect(pod.spec?.containers[0]?.name).toBe('agent')
    expect((objects.find(({ kind }) => kind === 'Deployment') as Deployment).spec?.replicas).toBe(0)
  })

  test('twice the same is twice the same, and read again it is what it was', async () => {
    const given = texts(agent({ config: { username: 'on' } }), task({ description: 'yes' }))
    const [one, other] = [await rendered(['-'], given), await rendered(['-'], given)]
    expect(one.out).toBe(other.out)
    const { out } = await rendered(['-', '-o', 'json'], given)
    expect((JSON.parse(out) as { items: unknown[] }).items).toEqual(one.objects)
  })
})

describe('what would not', () => {
  const cases = [
    { name: 'no Agent for a Task', given: [task()], says: '-:1:1: error: Task fix: Agent default/coder does not exist; to render it, give its manifest too' },
    { name: 'no template for an Agent', given: [agent({ templateRef: { name: 'gone' } })], says: 'Agent coder: AgentTemplate default/gone does not exist' },
    { name: 'no ConfigMap for a context', given: [agent({ contexts: [{ configMap: { name: 'gone' } }] })], says: 'ConfigMap default/gone' },
    { name: 'two contexts in one place', given: [agent({ contexts: [{ name: 'a', text: 'a', mountPath: 'x' }, { name: 'b', text: 'b', mountPath: 'x' }] })], says: 'mount path conflict' },
    { name: 'what admission refuses', given: [agent({ port: 0 })], says: 'spec.port' },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ given, says }) => {
    const { code, out, err } = await rendered(['-'], texts(...given))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(says)
  })
})

test('every Agent of the examples can be rendered', async () => {
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))
  const { objects, err } = await rendered(files.map((file) => join(examples, file)))
  expect(objects.filter(({ kind }) => kind === 'Deployment').length).toBeGreaterThan(10)
  // The rest are Tasks and CronTasks for Agents that a reader has already.
  const faults = err.split('\n').filter((line) => line.includes('error:'))
  expect(faults.filter((line) => !line.includes('does not exist; to render it'))).toEqual([])
})
