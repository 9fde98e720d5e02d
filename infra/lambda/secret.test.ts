import { expect, test } from 'vitest'
import { createSecret } from './secret.ts'

const variables = { AWS_REGION: 'eu-central-1', WEBHOOK_SECRET_PARAMETER: '/kubeopencode/webhook-secret' }
const [old, fresh] = ['ab'.repeat(32), 'cd'.repeat(32)]

/** A parameter that is read as `answers` say, the last of them from then on. */
const told = (...answers: (string | Error)[]) => {
  const asked: object[] = []
  let at = 0
  const send = async ({ input }: { input: object }): Promise<object> => {
    asked.push(input)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return { Parameter: { Value: answer } }
  }
  const secret = createSecret(
    variables,
    () => ({ send }) as never,
    () => at,
  )
  return { asked, ...secret, pass: (ms: number) => (at += ms) }
}

test('is read once, decrypted, for however many who know it', async () => {
  const { asked, ready, isSecret } = told(`${old}\n`)
  await ready()
  expect([await isSecret(old), await isSecret(old)]).toEqual([true, true])
  expect(asked).toEqual([{ Name: '/kubeopencode/webhook-secret', WithDecryption: true }])
})

test('that is another one by now is found when somebody comes with it, and not with each call of a stranger', async () => {
  const { asked, isSecret, pass } = told(old, `${fresh} ${old}`)
  expect(await isSecret(old)).toBe(true)
  expect(await isSecret(fresh)).toBe(false)
  expect(asked).toHaveLength(1)
  pass(5_000)
  expect([await isSecret(fresh), await isSecret(old), await isSecret('00'.repeat(32))]).toEqual([true, true, false])
  expect(asked).toHaveLength(2)
})

test.each([
  { name: 'cannot be read', answer: new Error('AccessDenied'), says: 'AccessDenied' },
  { name: 'is weak', answer: 'short', says: '64 hexadecimal digits' },
])('that $name is asked for again, and not with each call of a stranger', async ({ answer, says }) => {
  const { asked, ready, isSecret, pass } = told(answer, old)
  await expect(ready()).rejects.toThrow(
    `parameter /kubeopencode/webhook-secret, the secret of the webhooks, cannot be used: `,
  )
  await expect(isSecret(old)).rejects.toThrow(says)
  expect(asked).toHaveLength(1)
  pass(5_000)
  await ready()
  expect(await isSecret(old)).toBe(true)
})

test('names the variable that is missing', async () => {
  await expect(createSecret({}).ready()).rejects.toThrow('WEBHOOK_SECRET_PARAMETER is not set')
})
