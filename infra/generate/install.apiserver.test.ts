import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod, PodSpec } from 'kubernetes-types/core/v1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { mutatingName, validatingName } from '../../webhooks/configurations.ts'
import { ensureBinaries } from '../local/binaries.ts'
import type { Cluster } from '../local/cluster.ts'
import { startCluster } from '../local/cluster.ts'
import { silent } from '../local/progress.ts'
import { certificateModes } from './certificates.ts'
import { chartFolder as chart, everyValue, renderedBy } from './chart-rendered.ts'
import { chartTest } from './chart-test.ts'
import { install, plainOptions } from './install.ts'
import { CONTROLLER, SERVER, SERVER_KEY_SECRET, WEBHOOK_SECRET } from './installation.ts'
import { yamlDocuments, yamlOf } from './manifests.ts'

const dir = mkdtempSync(join(tmpdir(), 'koc-'))
const root = join(import.meta.dirname, '..', '..')
let cluster: Cluster
let helmPath: string

beforeAll(async () => {
  helmPath = (await ensureBinaries(['helm'], silent)).helm
  cluster = await startCluster({ dir: join(dir, 'cluster'), node: false, tmpfs: true, name: 'install' })
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const run = (program: string, args: readonly string[], input = ''): string =>
  execFileSync(program, args, { encoding: 'utf8', input, maxBuffer: 2 ** 26, stdio: ['pipe', 'pipe', 'pipe'] })
const kubectl = (args: string, input?: string): string =>
  run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args.split(' ')], input)
const helm = (args: string): string =>
  run(helmPath, ['--kubeconfig', cluster.kubeconfig, '-n', SYSTEM_NAMESPACE, ...args.split(' ')])

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata?.name}`

const userObject = `apiVersion: kubeopencode.io/v1alpha1
kind: Task
metadata: { name: mine, namespace: team }
spec: { description: hello, agentRef: { name: helper } }
`

/** The apiserver's answers to "may this user do that", for many at once. */
const may = (user: string, groups: readonly string[], rights: readonly Asked[]): string[] => {
  const reviews = rights.map(({ group = '', resource, verb, namespace, name }) => {
    const [plural, subresource] = resource.split('/')
    return {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes: { group, resource: plural, subresource, verb, namespace, name } },
    }
  })
  const answers = kubectl('create -f - -o jsonpath={.status.allowed},', reviews.map(yamlOf).join('---\n')).split(',')
  return rights.flatMap((right, index) => (answers[index] === 'true' ? [textOf(right)] : []))
}

type Asked = {
  readonly group?: string
  readonly resource: string
  readonly verb: string
  readonly namespace?: string
  readonly name?: string
}
const textOf = ({ verb, group, resource, namespace, name }: Asked): string =>
  [verb, group, resource, namespace, name].filter((word) => word !== undefined).join(' ')

const group = 'kubeopencode.io'
const webhooksGroup = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'
const configurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']

const needed: Asked[] = [
  ...functionsTable(builtIn)
    .flatMap(({ rights }) => rights)
    .flatMap((right) =>
      right.resources.flatMap((resource) =>
        right.verbs.map((verb) => ({ group: right.apiGroup, resource, verb, namespace: 'team' })),
      ),
    ),
  { resource: 'secrets', verb: 'create', namespace: SYSTEM_NAMESPACE },
  { resource: 'secrets', verb: 'get', namespace: SYSTEM_NAMESPACE, name: SERVER_KEY_SECRET },
  ...['get', 'patch'].flatMap((verb) => [
    { resource: 'secrets', verb, namespace: SYSTEM_NAMESPACE, name: WEBHOOK_SECRET },
    { group: webhooksGroup, resource: configurations[0]!, verb, name: mutatingName },
    { group: webhooksGroup, resource: configurations[1]!, verb, name: validatingName },
  ]),
]

const forbidden: Asked[] = [
  ...['get', 'list', 'watch', 'patch', 'update', 'delete'].flatMap((verb) => [
    { resource: 'secrets', verb },
    { resource: 'secrets', verb, namespace: 'team' },
  ]),
  ...['list', 'watch', 'delete'].map((verb) => ({ resource: 'secrets', verb, namespace: SYSTEM_NAMESPACE })),
  { resource: 'secrets', verb: 'get', namespace: SYSTEM_NAMESPACE, name: 'of-another' },
  { resource: 'secrets', verb: 'get', namespace: 'team', name: 'coder-server-auth' },
  ...['patch', 'delete'].map((verb) => ({
    resource: 'secrets',
    verb,
    namespace: SYSTEM_NAMESPACE,
    name: SERVER_KEY_SECRET,
  })),
  ...['exec', 'attach', 'portforward', 'ephemeralcontainers'].map((name) => ({
    resource: `pods/${name}`,
    verb: 'create',
    namespace: 'team',
  })),
  ...['users', 'groups', 'serviceaccounts'].map((resource) => ({ resource, verb: 'impersonate' })),
  { resource: 'serviceaccounts/token', verb: 'create', namespace: 'team' },
  ...['roles', 'clusterroles'].flatMap((resource) =>
    ['escalate', 'bind', 'create', 'patch'].map((verb) => ({ group: rbac, resource, verb })),
  ),
  ...['rolebindings', 'clusterrolebindings'].map((resource) => ({ group: rbac, resource, verb: 'create' })),
  ...configurations.flatMap((resource) => [
    ...['get', 'patch'].map((verb) => ({ group: webhooksGroup, resource, verb, name: 'of-another' })),
    ...['list', 'create', 'delete'].map((verb) => ({ group: webhooksGroup, resource, verb })),
  ]),
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', verb: 'patch' },
  { resource: 'nodes', verb: 'get' },
  { resource: 'namespaces', verb: 'create' },
  { group: '*', resource: '*', verb: '*' },
]

const caBundle = () =>
  kubectl(`get mutatingwebhookconfiguration ${mutatingName} -o jsonpath={.webhooks[0].clientConfig.caBundle}`)
const crdNames = () => kubectl('get crds -o name').trim().split('\n')
const exists = (what: string) => kubectl(`get ${what} --ignore-not-found -o name`) !== ''

/** In this order: a cluster that is installed to, taken over, upgraded, left and installed to again. */
describe('on a cluster', { timeout: 480_000 }, () => {
  beforeAll(() => {
    // While the webhooks are there and nobody answers them, no Task can be written, so this one comes before them.
    kubectl('apply -f -', yamlDocuments(install().filter(({ kind }) => kind === 'CustomResourceDefinition')))
    kubectl('wait --for=condition=Established crds --all --timeout=180s')
    kubectl('create namespace team')
    kubectl('create -f -', userObject)
  }, 480_000)

  test('one file, or its folder, installs everything, and again changes nothing', () => {
    kubectl(`apply -f ${root}/infra/manifests/install.yaml`)
    const again = kubectl(`apply -k ${root}/infra/manifests`).trim().split('\n')
    // The apiserver leaves an empty `properties` of a CRD out, and kubectl sends it again, as it does the selector of a budget.
    const others = again.filter((line) => !/^(customresourcedefinition|poddisruptionbudget)/.test(line))
    expect(others.filter((line) => !line.endsWith(' unchanged'))).toEqual([])
    expect(again).toHaveLength(install().length)
  })

  const podOf = (name: string): PodSpec | undefined => {
    if (name === 'kubeopencode-check') return (chartTest(plainOptions(), []).at(-1) as Pod).spec
    const { spec } = install().find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata?.name === name,
    ) as Deployment
    return spec?.template.spec
  }

  test.each([CONTROLLER, SERVER, 'kubeopencode-check'])('the namespace enforces restricted, and %s passes', (name) => {
    // Its account is made with it by helm test.
    const { serviceAccountName: _, ...spec } = podOf(name) ?? {}
    const pod = (change: object) =>
      yamlOf({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'probe', namespace: SYSTEM_NAMESPACE },
        spec: { ...spec, ...change },
      })
    expect(kubectl('create --dry-run=server -f -', pod({}))).toContain('pod/probe created')
    expect(() => kubectl('create --dry-run=server -f -', pod({ securityContext: {} }))).toThrow('violates PodSecurity')
  })

  test('the server may do nothing of it at all', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${SERVER}`
    const asked = [...needed, ...forbidden]
    expect(may(account, ['system:authenticated'], asked)).toEqual([])
  })

  test('the controller may do what it needs', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`
    expect(may(account, ['system:authenticated'], needed)).toEqual(needed.map(textOf))
  })

  test('the controller may do nothing else of what would make it dangerous', () => {
    const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`
    expect(may(account, ['system:authenticated'], forbidden)).toEqual([])
  })

  const everything = ['tasks', 'crontasks', 'agents', 'agenttemplates']
  test.each([
    { role: 'kubeopencode-viewer', want: [] },
    { role: 'kubeopencode-user', want: ['tasks', 'crontasks'] },
    { role: 'kubeopencode-agent-admin', want: ['agents', 'agenttemplates'] },
    { role: 'view', want: [] },
    { role: 'edit', want: everything },
    { role: 'admin', want: everything },
  ])('whoever is $role reads, and creates $want', async ({ role, want }) => {
    kubectl(`create rolebinding ${role} -n team --clusterrole=${role} --user=${role}`)
    const asks = (verb: string, plurals: readonly string[]): Asked[] =>
      plurals.map((resource) => ({ group, resource, verb, namespace: 'team' }))
    // The controller manager copies aggregated rules into the built-in roles a moment later.
    await expect
      .poll(() => may(role, [], [...asks('list', everything), ...asks('create', everything)]), { timeout: 120_000 })
      .toEqual([...asks('list', everything), ...asks('create', want)].map(textOf))
  })

  test('what the chart says with every value is accepted', () => {
    for (const mode of certificateModes) {
      // Nobody has installed cert-manager, gateways or the Prometheus operator here.
      const known = renderedBy(helmPath, everyValue(mode)).filter(
        ({ apiVersion }) =>
          !/^(cert-manager\.io|gateway\.networking\.k8s\.io|monitoring\.coreos\.com)\//.test(apiVersion ?? ''),
      )
      const answer = kubectl('apply --server-side --force-conflicts --dry-run=server -f -', yamlDocuments(known))
      expect(answer.trim().split('\n')).toHaveLength(known.length)
    }
  })

  test('the chart takes over from the plain manifests and keeps the CA that the controller wrote', () => {
    const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'Q0E=' }])
    kubectl(`patch mutatingwebhookconfiguration ${mutatingName} --type=json -p ${patch}`)
    kubectl(`apply -f ${root}/infra/manifests/install.yaml`)
    expect(caBundle()).toBe('Q0E=')
    helm(`upgrade --install --take-ownership kubeopencode ${chart}`)
    expect(caBundle()).toBe('Q0E=')
  })

  const task = 'get tasks.kubeopencode.io mine -n team -o jsonpath={.metadata.uid}{.spec}'

  test('an upgrade brings new kinds and values, a rollback the former ones; both keep the CA and what users made', () => {
    const next = join(dir, 'next')
    cpSync(chart, next, { recursive: true })
    const file = join(next, 'templates/crds/tasks.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text
        .replace('singular: task', 'singular: task\n    shortNames: [tk, job]')
        .replace(/ {4}shortNames:\n {6}- tk\n/, ''),
    )
    const mine = kubectl(task)
    helm(`upgrade kubeopencode ${next} --set replicas=3`)
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk","job"]')
    expect(kubectl(`get deployment ${CONTROLLER} -n ${SYSTEM_NAMESPACE} -o jsonpath={.spec.replicas}`)).toBe('3')
    expect(caBundle()).toBe('Q0E=')
    expect(kubectl(task)).toBe(mine)

    helm('rollback kubeopencode')
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk"]')
    expect(kubectl(`get deployment ${CONTROLLER} -n ${SYSTEM_NAMESPACE} -o jsonpath={.spec.replicas}`)).toBe('2')
    expect(caBundle()).toBe('Q0E=')
    expect(kubectl(task)).toBe(mine)
  })

  test('uninstalling leaves the kinds and what users made, and nothing that could refuse or act', () => {
    const before = crdNames()
    helm('uninstall kubeopencode')
    expect(crdNames()).toEqual(before)
    expect(exists('tasks.kubeopencode.io mine -n team')).toBe(true)
    const left = renderedBy(helmPath)
      .filter(({ kind }) => kind !== 'CustomResourceDefinition')
      .filter(({ kind, metadata }) => exists(`${kind} ${metadata?.name} -n ${SYSTEM_NAMESPACE}`))
    expect(left.map(nameOf)).toEqual([])
  })

  test('the chart can be installed again', () => {
    helm(`install kubeopencode ${chart}`)
    expect(exists('tasks.kubeopencode.io mine -n team')).toBe(true)
    expect(kubectl('get crd tasks.kubeopencode.io -o jsonpath={.spec.names.shortNames}')).toBe('["tk"]')
  })
})
