import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { oidcAuthority, readServerEnvironment, sessionKey } from './environment.ts'

describe('what the server is told', () => {
  test.each([
    { name: 'nothing', variables: {}, want: { basePath: '', hosts: undefined, logLevel: 'info', oidc: undefined } },
    {
      name: 'the root and any host',
      variables: { KUBEOPENCODE_BASE_PATH: '/', KUBEOPENCODE_HOSTS: '*' },
      want: { basePath: '', hosts: undefined, logLevel: 'info', oidc: undefined },
    },
    {
      name: 'everything',
      variables: {
        KUBEOPENCODE_BASE_PATH: '/koc/',
        KUBEOPENCODE_HOSTS: 'KOC.example, localhost',
        KUBEOPENCODE_LOG_LEVEL: 'debug',
      },
      want: { basePath: '/koc', hosts: ['koc.example', 'localhost'], logLevel: 'debug', oidc: undefined },
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

describe('an identity provider', () => {
  const variables = {
    KUBEOPENCODE_BASE_PATH: '/koc',
    KUBEOPENCODE_OIDC_ISSUER: 'https://id.example/realms/team',
    KUBEOPENCODE_OIDC_CLIENT_ID: 'koc',
    KUBEOPENCODE_EXTERNAL_URL: 'https://koc.example',
  }

  test('is known by its variables, and by the secret where one is mounted', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'oidc-'))
    const want = {
      issuer: 'https://id.example/realms/team',
      clientId: 'koc',
      scopes: ['openid', 'profile', 'email'],
      redirectUri: 'https://koc.example/koc/api/v1/login/oidc/callback',
    }
    expect(readServerEnvironment(variables, dir).oidc).toEqual(want)
    expect(oidcAuthority(dir)).toBeUndefined()
    await writeFile(join(dir, 'client-secret'), 's3cret\n')
    await writeFile(join(dir, 'ca.crt'), 'pem')
    const scopes = { ...variables, KUBEOPENCODE_OIDC_SCOPES: 'openid, groups' }
    expect(readServerEnvironment(scopes, dir).oidc).toEqual({
      ...want,
      scopes: ['openid', 'groups'],
      clientSecret: 's3cret',
    })
    expect(oidcAuthority(dir)).toBe('pem')
    await rm(dir, { recursive: true })
  })

  test.each([
    { name: 'KUBEOPENCODE_OIDC_ISSUER', value: 'http://id.example' },
    { name: 'KUBEOPENCODE_OIDC_ISSUER', value: 'id.example' },
    { name: 'KUBEOPENCODE_OIDC_CLIENT_ID', value: '' },
    { name: 'KUBEOPENCODE_OIDC_SCOPES', value: 'profile' },
    { name: 'KUBEOPENCODE_EXTERNAL_URL', value: '' },
    { name: 'KUBEOPENCODE_EXTERNAL_URL', value: 'http://koc.example' },
    { name: 'KUBEOPENCODE_EXTERNAL_URL', value: 'https://koc.example/path' },
  ])('with $name "$value" is refused', ({ name, value }) =>
    expect(() => readServerEnvironment({ ...variables, [name]: value }, '/nowhere')).toThrow(name),
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
