import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Service, ServiceAccount } from 'kubernetes-types/core/v1'
import type { NetworkPolicy } from 'kubernetes-types/networking/v1'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding } from 'kubernetes-types/rbac/v1'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../functions/table.ts'
import { functionsTable } from '../../functions/table.ts'
import { askedRights } from '../../webhooks/rights.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { readEnvironment } from '../node/environment.ts'
import { readEventsTo } from '../node/events.ts'
import { readServerEnvironment } from '../node/server/environment.ts'
import { certificateModes } from './certificates.ts'
import { eventsOf } from './events.ts'
import { install, plainOptions } from './install.ts'
import { APISERVER_CA, OIDC_FOLDER, SESSION_KEY, WEBHOOK_CERTIFICATES } from './installation.ts'
import { rulesOf } from './rights.ts'
import { trustedOf } from './trusted.ts'

const objects = install()

const find = <T extends KubeObject>(kind: string, name: string): T => {
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name)
  if (!found) throw new Error(`the installation has no ${kind} ${name}`)
  return found as T
}

const each = (groups: readonly string[], resources: readonly string[], verbs: readonly string[]): string[] =>
  groups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)))
const ofRules = (rules: readonly PolicyRule[] = []): string[] =>
  rules.flatMap(({ apiGroups = [], resources = [], verbs }) => each(apiGroups, resources, verbs))
const ofRights = (rights: readonly Right[]): string[] =>
  rights.flatMap(({ apiGroup, resources, verbs }) => each([apiGroup], resources, verbs))

describe('rulesOf', () => {
  const cases: { name: string; rights: Right[]; want: PolicyRule[] }[] = [
    { name: 'nothing', rights: [], want: [] },
    {
      name: 'rights to one resource are one rule',
      rights: [
        { apiGroup: '', resources: ['pods'], verbs: ['get'] },
        { apiGroup: '', resources: ['pods'], verbs: ['create', 'get'] },
      ],
      want: [{ apiGroups: [''], resources: ['pods'], verbs: ['create', 'get'] }],
    },
    {
      name: 'the same verbs are shared, other verbs and groups are not',
      rights: [
        { apiGroup: '', resources: ['services', 'configmaps'], verbs: ['get'] },
        { apiGroup: '', resources: ['services/proxy'], verbs: ['create'] },
        { apiGroup: 'apps', resources: ['deployments'], verbs: ['get'] },
      ],
      want: [
        { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['get'] },
        { apiGroups: [''], resources: ['services/proxy'], verbs: ['create'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      ],
    },
  ]
  test.each(cases)('$name', ({ rights, want }) => expect(rulesOf(rights)).toEqual(want))
})

describe('rights', () => {
  test('the controller may do what the functions need and read what the webhooks ask, and nothing else', () => {
    const { rules } = find<ClusterRole>('ClusterRole', 'kubeopencode-controller')
    const needed = [...functionsTable(builtIn).flatMap(({ rights }) => rights), ...Object.values(askedRights)]
    expect(ofRules(rules).toSorted()).toEqual([...new Set(ofRights(needed))].toSorted())
  })

  test('no role that holds in the whole cluster has wildcards, or more of secrets than to make a new one', () => {
    const all = install('own')
    const bound = new Set(
      all.flatMap((object) =>
        object.kind === 'ClusterRoleBinding' ? [(object as ClusterRoleBinding).roleRef.name] : [],
      ),
    )
    const rights = all
      .filter(({ kind, metadata }) => kind === 'ClusterRole' && bound.has(metadata?.name ?? ''))
      .flatMap((role) => ofRules((role as ClusterRole).rules))
    expect(rights.length).toBeGreaterThan(0)
    expect(rights.filter((right) => right.includes('secrets') || right.includes('*'))).toEqual(['/secrets create'])
  })

  test('of the roles for people only who makes Agents acts as one', () => {
    const of = (role: string) =>
      ofRules(find<ClusterRole>('ClusterRole', role).rules).filter((right) => /secrets|proxy|exec/.test(right))
    expect(of('kubeopencode-viewer')).toEqual([])
    expect(of('kubeopencode-user')).toEqual([])
    expect(of('kubeopencode-agent-admin')).toEqual([
      ...['create', 'delete', 'get', 'patch', 'update'].map((verb) => `/services/proxy ${verb}`),
      '/secrets get',
      '/pods/exec create',
      '/pods/exec get',
    ])
  })

  test('the server has an account without a token, and nothing is bound to it', () => {
    const bound = objects.flatMap((object) =>
      'subjects' in object ? (object as RoleBinding).subjects?.map(({ name }) => name) : [],
    )
    expect(bound).not.toContain('kubeopencode-server')
    const { spec } = find<Deployment>('Deployment', 'kubeopencode-server')
    expect(spec?.template.spec).toMatchObject({
      serviceAccountName: 'kubeopencode-server',
      automountServiceAccountToken: false,
    })
    const account = find<ServiceAccount>('ServiceAccount', 'kubeopencode-server')
    expect(account.automountServiceAccountToken).toBe(false)
  })

  test('the server reads what it is told', () => {
    const { spec } = find<Deployment>('Deployment', 'kubeopencode-server')
    const container = spec?.template.spec?.containers[0]
    const variables = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
    expect(readServerEnvironment(variables)).toEqual({ basePath: '', hosts: undefined, logLevel: 'info' })
    const mounts = container?.volumeMounts?.map(({ mountPath }) => mountPath)
    expect(mounts).toEqual(['/tmp', dirname(APISERVER_CA), dirname(SESSION_KEY), OIDC_FOLDER])
  })

  test('a plain user makes no Agents', () => {
    const { rules } = find<ClusterRole>('ClusterRole', 'kubeopencode-user')
    const changes = ofRules(rules).filter((right) => !/ (get|list|watch)$/.test(right))
    expect(new Set(changes.map((right) => right.split(' ')[0]))).toEqual(
      new Set(['kubeopencode.io/crontasks', 'kubeopencode.io/tasks']),
    )
  })
})

describe('objects', () => {
  test.each(certificateModes)('with the certificate of %s, each is there once and has a label', (mode) => {
    const all = install(mode)
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)
    expect(names).toEqual([...new Set(names)])
    for (const { metadata } of all) expect(metadata?.labels).toMatchObject({ 'app.kubernetes.io/name': 'kubeopencode' })
  })

  test('hints that go through a broker leave by its address and come back to a port that is open', () => {
    const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'knative-eventing' } } }]
    const all = install('own', { ...plainOptions(), events: eventsOf('http://broker/default', from) })
    const named = <T extends KubeObject>(kind: string, name: string): T =>
      all.find((object) => object.kind === kind && object.metadata?.name === name) as T
    const [container] = named<Deployment>('Deployment', 'kubeopencode-controller').spec?.template.spec?.containers ?? []
    const variables = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
    expect(readEventsTo(variables)).toBe('http://broker/default')
    expect(container?.ports).toContainEqual({ name: 'events', containerPort: 8082 })
    expect(named<Service>('Service', 'kubeopencode-events').spec).toMatchObject({
      selector: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'controller' },
      ports: [{ port: 80, targetPort: 'events' }],
    })
    const open = { ports: [{ port: 8082, protocol: 'TCP' }], from }
    expect(named<NetworkPolicy>('NetworkPolicy', 'kubeopencode-controller').spec?.ingress).toContainEqual(open)
    expect(named<NetworkPolicy>('NetworkPolicy', 'kubeopencode-server').spec?.ingress).not.toContainEqual(open)
  })

  test('authorities of its own are where Node is told to look', () => {
    const all = install('own', { ...plainOptions(), trusted: trustedOf('corporate', 'root.pem') })
    const pod = (all.find(({ kind }) => kind === 'Deployment') as Deployment).spec?.template.spec
    const [container] = pod?.containers ?? []
    const file = container?.env?.find(({ name }) => name === 'NODE_EXTRA_CA_CERTS')?.value ?? ''
    const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === dirname(file))
    const volume = pod?.volumes?.find(({ name }) => name === mount?.name)
    expect(volume?.configMap).toEqual({ name: 'corporate', items: [{ key: 'root.pem', path: 'ca.crt' }] })
    expect(file).toMatch(/\/ca\.crt$/)
  })

  test('without a broker there is nothing of it', () => {
    expect(JSON.stringify(objects)).not.toMatch(/8082|KUBEOPENCODE_EVENTS_TO|kubeopencode-events/)
  })

  test('tools find the controller by its labels', () => {
    const { metadata, spec } = find<Deployment>('Deployment', 'kubeopencode-controller')
    const want = { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'controller' }
    expect(metadata?.labels).toMatchObject(want)
    expect(spec?.template.metadata?.labels).toMatchObject(want)
    expect(spec?.selector.matchLabels).toEqual(want)
  })

  test.each([
    { mode: 'own', certificates: 'own', mounts: ['/tmp'] },
    { mode: 'cert-manager', certificates: 'mounted', mounts: ['/tmp', WEBHOOK_CERTIFICATES] },
  ] as const)(
    'the controller reads what it is told, with the certificate of $mode',
    ({ mode, certificates, mounts }) => {
      const { spec } = install(mode).find(({ kind }) => kind === 'Deployment') as Deployment
      const container = spec?.template.spec?.containers[0]
      const variables = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
      expect(readEnvironment(variables)).toEqual({
        namespace: 'kubeopencode-system',
        defaults: builtIn,
        logLevel: 'info',
        certificates,
        certificatesDir: WEBHOOK_CERTIFICATES,
      })
      expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(mounts)
    },
  )
})
