import { describe, expect, test } from 'vitest'
import { RetryableError } from '../../shared/errors.ts'
import { createGitSyncs } from './git-syncs.ts'
import type { Send } from './rest.ts'

const at = { namespace: 'team', service: 'coder', port: 9410 }
const commit = 'a'.repeat(40)
const answering =
  (body: BodyInit, init?: ResponseInit): Send =>
  async () =>
    new Response(body, init)

test('asks through the apiserver, for two seconds and a short answer', async () => {
  const asked: unknown[] = []
  const report = { commit, head: commit, syncedAt: '2026-06-01T12:00:00.000Z', nextInSeconds: 5 }
  const send: Send = async (...request) => {
    asked.push(request)
    return Response.json(report)
  }
  expect(await createGitSyncs(send).read(at)).toEqual(report)
  expect(asked).toEqual([
    ['GET', '/api/v1/namespaces/team/services/coder:9410/proxy/', { timeoutMs: 2000, mostBytes: 16384 }],
  ])
})

describe('is undefined, and never an exception, for', () => {
  const report = (change: object): string => JSON.stringify({ commit, nextInSeconds: 5, ...change })
  const cases: { name: string; send: Send }[] = [
    { name: 'no answer', send: async () => Promise.reject(new RetryableError('no endpoints available')) },
    { name: 'a server that is not there', send: answering('no endpoints available for service', { status: 503 }) },
    { name: 'what is no JSON', send: answering('<html>') },
    { name: 'a commit that is none', send: answering(report({ commit: '$(id)' })) },
    { name: 'a time that is none', send: answering(report({ syncedAt: 'now' })) },
    { name: 'words without end', send: answering(report({ message: 'x'.repeat(2000) })) },
  ]
  test.each(cases)('$name', async ({ send }) => expect(await createGitSyncs(send).read(at)).toBeUndefined())
})
