import type { ValidatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1'
import type { ClusterRole, ClusterRoleBinding } from 'kubernetes-types/rbac/v1'
import { expect, test } from 'vitest'
import { Settings } from '../stack/inputs.ts'
import { clusterObjects } from './objects.ts'

const secret = 'ab'.repeat(32)
const url = 'https://x.lambda-url.eu-central-1.on.aws/'
const objects = clusterObjects({ ...Settings.parse({}), url, secret })
const ofKind = <T>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[]

test('the webhooks are called at the URL below the secret, with the certificate that the public authorities signed', () => {
  const configurations = [
    ...ofKind<ValidatingWebhookConfiguration>('MutatingWebhookConfiguration'),
    ...ofKind<ValidatingWebhookConfiguration>('ValidatingWebhookConfiguration'),
  ]
  const clients = configurations.flatMap(({ webhooks = [] }) => webhooks.map(({ clientConfig }) => clientConfig))
  expect(clients.length).toBeGreaterThan(8)
  for (const client of clients) {
    expect(client.url).toMatch(
      new RegExp(`^https://x.lambda-url.eu-central-1.on.aws/${secret}/(mutate|validate|observe)/`),
    )
    expect(client.caBundle).toBeUndefined()
  }
})

test('rights are bound to the groups of the access entries, and the webhooks may read no Secret and write nothing', () => {
  const bound = ofKind<ClusterRoleBinding>('ClusterRoleBinding').map(({ roleRef, subjects = [] }) => [
    roleRef.name,
    ...subjects.map(({ kind, name }) => `${kind} ${name}`),
  ])
  expect(bound).toEqual([
    ['kubeopencode-controller', 'Group kubeopencode:functions'],
    ['kubeopencode-webhooks', 'Group kubeopencode:webhooks'],
  ])
  const role = ofKind<ClusterRole>('ClusterRole').find(({ metadata }) => metadata?.name === 'kubeopencode-webhooks')
  for (const { verbs, resources } of role?.rules ?? []) {
    expect(verbs).toEqual(['get'])
    expect(resources).not.toContain('secrets')
  }
})

test.each([
  { name: 'an address in clear text', change: { url: 'http://x/' }, says: 'the output WebhookUrl of the stack' },
  { name: 'no secret', change: { secret: '' }, says: '64 hexadecimal digits' },
])('says what is wrong with $name', ({ change, says }) => {
  expect(() => clusterObjects({ ...Settings.parse({}), url, secret, ...change })).toThrow(says)
})
