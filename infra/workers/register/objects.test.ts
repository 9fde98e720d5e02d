import type { ValidatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1'
import type { ClusterRoleBinding } from 'kubernetes-types/rbac/v1'
import { expect, test } from 'vitest'
import { clusterObjects } from './objects.ts'

const secret = 'ab'.repeat(32)
const options = { namespace: 'kubeopencode-system', url: 'https://koc.example.workers.dev/', secret }

test('kinds, the account and its token come before its rights, and the webhooks last', () => {
  const kinds = clusterObjects(options).map(({ kind }) => kind ?? '')
  const first = (kind: string) => kinds.indexOf(kind)
  expect(first('CustomResourceDefinition')).toBeLessThan(first('ServiceAccount'))
  expect(first('ServiceAccount')).toBeLessThan(first('Secret'))
  expect(first('Secret')).toBeLessThan(first('ClusterRoleBinding'))
  expect(kinds.slice(-2)).toEqual(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
})

test('the webhooks are called at the Worker below the secret, and the rights are those of its account', () => {
  const objects = clusterObjects(options)
  const { webhooks = [] } = objects.at(-1) as ValidatingWebhookConfiguration
  for (const { clientConfig } of webhooks) {
    expect(clientConfig.url).toMatch(new RegExp(`^https://koc.example.workers.dev/${secret}/(validate|observe)/`))
    expect(clientConfig.caBundle).toBeUndefined()
  }
  const bindings = objects.filter(({ kind }) => kind?.endsWith('RoleBinding')) as ClusterRoleBinding[]
  for (const { subjects = [] } of bindings)
    expect(subjects).toEqual([
      { kind: 'ServiceAccount', name: 'kubeopencode-controller', namespace: 'kubeopencode-system' },
    ])
})

test.each([
  {
    name: 'an address in clear text',
    change: { url: 'http://x/' },
    says: '--url is "http://x/"; it must be the https',
  },
  { name: 'no secret', change: { secret: '' }, says: '64 hexadecimal digits, those in its secret WEBHOOK_SECRET' },
])('says what is wrong with $name', ({ change, says }) => {
  expect(() => clusterObjects({ ...options, ...change })).toThrow(says)
})
