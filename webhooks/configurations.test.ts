import { expect, test } from 'vitest'
import { mutatingConfiguration, validatingConfiguration } from './configurations.ts'
import { hooks } from './table.ts'

const service = { reach: { service: { namespace: 'kubeopencode-system', name: 'kubeopencode-webhook' } } } as const

test('our kinds are judged closed, everywhere but in kube-system', () => {
  const { metadata, webhooks } = mutatingConfiguration(hooks, service)
  expect(metadata?.name).toBe('kubeopencode-mutating')
  expect(webhooks?.map(({ name }) => name)).toEqual([
    'mutate.tasks.kubeopencode.io',
    'mutate.agents.kubeopencode.io',
    'mutate.agenttemplates.kubeopencode.io',
    'mutate.crontasks.kubeopencode.io',
    'mutate.kubeopencodeconfigs.kubeopencode.io',
  ])
  expect(webhooks?.[0]).toEqual({
    name: 'mutate.tasks.kubeopencode.io',
    admissionReviewVersions: ['v1'],
    clientConfig: {
      service: { namespace: 'kubeopencode-system', name: 'kubeopencode-webhook', port: 443, path: '/mutate/tasks' },
    },
    rules: [
      {
        apiGroups: ['kubeopencode.io'],
        apiVersions: ['v1alpha1'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['tasks'],
        scope: 'Namespaced',
      },
    ],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds: 5,
    namespaceSelector: {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
    },
    reinvocationPolicy: 'IfNeeded',
  })
  expect(webhooks?.[4]).not.toHaveProperty('namespaceSelector')
})

test('observers are open, quick, and see of other kinds only what carries our label', () => {
  const { webhooks } = validatingConfiguration(hooks, { reach: { url: 'https://hooks.example.com' }, caBundle: 'PEM' })
  const observers = webhooks?.filter(({ name }) => name.startsWith('observe.')) ?? []
  expect(observers.map(({ name }) => name.split('.')[1])).toEqual([
    'tasks',
    'agents',
    'agenttemplates',
    'crontasks',
    'kubeopencodeconfigs',
    'pods',
    'agent-pods',
    'deployments',
    'services',
    'configmaps',
    'persistentvolumeclaims',
  ])
  for (const observer of observers)
    expect(observer).toMatchObject({ failurePolicy: 'Ignore', timeoutSeconds: 1, sideEffects: 'NoneOnDryRun' })
  expect(observers.find(({ name }) => name.includes('.pods.'))).toMatchObject({
    clientConfig: { url: 'https://hooks.example.com/observe/pods', caBundle: 'UEVN' },
    rules: [{ apiGroups: [''], resources: ['pods', 'pods/status'], operations: ['UPDATE', 'DELETE'] }],
    objectSelector: { matchExpressions: [{ key: 'kubeopencode.io/task', operator: 'Exists' }] },
  })
  expect(observers.find(({ name }) => name.includes('.deployments.'))).toMatchObject({
    rules: [{ apiGroups: ['apps'], resources: ['deployments', 'deployments/status'] }],
    objectSelector: { matchExpressions: [{ key: 'kubeopencode.io/agent', operator: 'Exists' }] },
  })
  for (const part of ['services', 'configmaps', 'persistentvolumeclaims'])
    expect(observers.find(({ name }) => name.includes(`.${part}.`))).toMatchObject({
      rules: [{ apiGroups: [''], resources: [part], operations: ['UPDATE', 'DELETE'] }],
      objectSelector: { matchExpressions: [{ key: 'kubeopencode.io/agent', operator: 'Exists' }] },
    })
  expect(webhooks?.filter(({ name }) => name.startsWith('validate.'))).toHaveLength(5)
})

test('another may write the CA', () => {
  const annotations = { 'cert-manager.io/inject-ca-from': 'kubeopencode-system/webhook' }
  const { metadata, webhooks } = validatingConfiguration(hooks, { ...service, annotations, labels: { a: 'b' } })
  expect(metadata).toEqual({ name: 'kubeopencode-validating', annotations, labels: { a: 'b' } })
  expect(webhooks?.every(({ clientConfig }) => clientConfig.caBundle === undefined)).toBe(true)
})
