import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readServerEnvironment, sessionKey } from './environment.ts'

describe('what the server is told', () => {
  test.each([
    { name: 'nothing', variables: {}, want: { basePath: '', hosts: undefined, logLevel: 'info' } },
    {
      name: 'the root and any host',
      variables: { KUBEOPENCODE_BASE_PATH: '/', KUBEOPENCODE_HOSTS: '*' },
      want: { basePath: '', hosts: undefined, logLevel: 'info' },
    },
    {
      name: 'everything',
      variables: {
        KUBEOPENCODE_BASE_PATH: '/koc/',
        KUBEOPENCODE_HOSTS: 'KOC.example, localhost',
        KUBEOPENCODE_LOG_LEVEL: 'debug',
      },
      want: { basePath: '/koc', hosts: ['koc.example', 'localhost'], logLevel: 'debug' },
    },
  ])('$name', ({ variables, want }) => expect(readServerEnvironment(variables)).toEqual(want))

  test.each([
    {
      variables: { KUBEOPENCODE_BASE_PATH: 'koc' },
      message: 'KUBEOPENCODE_BASE_PATH is "koc"; it must be / or a path',
    },
    { variables: { KUBEOPENCODE_BASE_PATH: '/../x' }, message: 'KUBEOPENCODE_BASE_PATH' },
    { variables: { KUBEOPENCODE_LOG_LEVEL: 'loud' }, message: 'KUBEOPENCODE_LOG_LEVEL is "loud"; it must be one of' },
  ])('$variables is refused', ({ variables, message }) =>
    expect(() => readServerEnvironment(variables)).toThrow(message),
  )
})

test('the key of sessions is the mounted one, or one of this process', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sessions-'))
  const file = join(dir, 'key')
  const own = sessionKey(file)
  expect(own.isShared).toBe(false)
  expect(own.key).not.toEqual(sessionKey(file).key)
  await writeFile(file, 'a key that is shared by all copies.')
  expect(sessionKey(file)).toMatchObject({
    isShared: true,
    key: new TextEncoder().encode('a key that is shared by all copies.'),
  })
  await rm(dir, { recursive: true })
})
