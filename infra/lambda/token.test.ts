import { expect, test } from 'vitest'
import { eksTokens } from './token.ts'

const credentials = async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' })
const linkIn = (token: string): URL =>
  new URL(atob(token.replace('k8s-aws-v1.', '').replaceAll('-', '+').replaceAll('_', '/')))

test('is a link to STS that is signed for one cluster and one minute', async () => {
  const now = () => new Date('2026-05-01T09:00:00Z')
  const token = await eksTokens({ cluster: 'prod', region: 'eu-central-1', credentials, now })()
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/)
  const { hostname, searchParams } = linkIn(token)
  expect(hostname).toBe('sts.eu-central-1.amazonaws.com')
  expect(Object.fromEntries(searchParams)).toMatchObject({
    Action: 'GetCallerIdentity',
    'X-Amz-Credential': 'AKIDEXAMPLE/20260501/eu-central-1/sts/aws4_request',
    'X-Amz-Date': '20260501T090000Z',
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': 'session',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
  })
  expect(token).not.toContain('secret')
})

test('is made anew before EKS stops taking it, also after an instance was frozen', async () => {
  let minutes = 0
  const tokens = eksTokens({
    cluster: 'prod',
    region: 'eu-central-1',
    credentials,
    now: () => new Date(Date.UTC(2026, 4, 1, 9, minutes)),
  })
  const first = await tokens()
  minutes = 9
  expect(await tokens()).toBe(first)
  minutes = 10
  expect(await tokens()).not.toBe(first)
})
