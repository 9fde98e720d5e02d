import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { guard } from './guard.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const env = { GUARD_SECRET: 'demo/coder-server-auth', GUARD_PORT: '0', GUARD_SERVER_PORT: '9' }

test.each([
  { name: 'another password', set: { OPENCODE_SERVER_PASSWORD: 'pl4nted', KUBEOPENCODE_PASSWORD_SHA256: sha256('x') } },
  { name: 'no password', set: { KUBEOPENCODE_PASSWORD_SHA256: sha256('x') } },
  { name: 'no digest', set: { OPENCODE_SERVER_PASSWORD: 'pl4nted' } },
])('does not start with $name, and does not say it', async ({ set }) => {
  const lines: string[] = []
  const failure = await guard.run({ ...env, ...set }, (line) => lines.push(line)).catch((error: Error) => error.message)
  expect(failure).toMatch(/Secret demo\/coder-server-auth does not hold|is not set/)
  expect([failure, ...lines].join('\n')).not.toContain('pl4nted')
})
