import { expect, test } from 'vitest'
import { createSecret } from './secret.ts'

const variables = { AWS_REGION: 'eu-central-1', WEBHOOK_SECRET_PARAMETER: '/kubeopencode/webhook-secret' }

const told = (answers: (() => object)[]) => {
  const asked: object[] = []
  let at = 0
  const send = async ({ input }: { input: object }): Promise<object> => {
    asked.push(input)
    return (answers.shift() ?? (() => ({})))()
  }
  const secret = createSecret(
    variables,
    () => ({ send }) as never,
    () => at,
  )
  return { asked, secret, pass: (ms: number) => (at += ms) }
}

test('is read once, decrypted', async () => {
  const { asked, secret } = told([() => ({ Parameter: { Value: 'ab\n' } })])
  expect([await secret(), await secret()]).toEqual(['ab', 'ab'])
  expect(asked).toEqual([{ Name: '/kubeopencode/webhook-secret', WithDecryption: true }])
})

test('that cannot be read is asked for again, and not with each call of a stranger', async () => {
  const denied = () => {
    throw new Error('AccessDenied')
  }
  const { asked, secret, pass } = told([denied, () => ({ Parameter: { Value: 'ab' } })])
  await expect(secret()).rejects.toThrow(
    'parameter /kubeopencode/webhook-secret, the secret of the webhooks, cannot be read: AccessDenied',
  )
  await expect(secret()).rejects.toThrow('AccessDenied')
  expect(asked).toHaveLength(1)
  pass(5_000)
  expect(await secret()).toBe('ab')
})

test('names the variable that is missing', async () => {
  await expect(createSecret({})()).rejects.toThrow('WEBHOOK_SECRET_PARAMETER is not set')
})
