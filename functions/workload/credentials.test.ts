import { describe, expect, test } from 'vitest'
import type { Credential } from '../../crds/credential.ts'
import { credentialParts } from './credentials.ts'

const nothing = { env: [], envFrom: [], volumes: [], mounts: [] }
const credential = (more: Partial<Credential>, key?: string): Credential => ({
  name: 'one',
  fileMode: 0o600,
  ...more,
  secretRef: { name: 'keys', ...(key !== undefined && { key }) },
})

describe('the four forms of a credential', () => {
  const cases = [
    { name: 'none', given: [], want: nothing },
    {
      name: 'the whole Secret as variables',
      given: [credential({})],
      want: { ...nothing, envFrom: [{ secretRef: { name: 'keys' } }] },
    },
    {
      name: 'the whole Secret as a directory',
      given: [credential({ mountPath: '/keys', fileMode: 0o400 })],
      want: {
        ...nothing,
        volumes: [{ name: 'credential-0', secret: { secretName: 'keys', defaultMode: 0o400 } }],
        mounts: [{ name: 'credential-0', mountPath: '/keys', readOnly: true }],
      },
    },
    {
      name: 'one key as a variable',
      given: [credential({ env: 'TOKEN' }, 'token')],
      want: { ...nothing, env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } }] },
    },
    {
      name: 'one key as a file, under the name the path says',
      given: [credential({ mountPath: '/home/agent/.ssh/id_rsa' }, 'key')],
      want: {
        ...nothing,
        volumes: [
          {
            name: 'credential-0',
            secret: { secretName: 'keys', defaultMode: 0o600, items: [{ key: 'key', path: 'id_rsa', mode: 0o600 }] },
          },
        ],
        mounts: [{ name: 'credential-0', mountPath: '/home/agent/.ssh/id_rsa', readOnly: true, subPath: 'id_rsa' }],
      },
    },
    {
      name: 'one key as both',
      given: [credential({ env: 'TOKEN', mountPath: '/token' }, 'token')],
      want: {
        ...nothing,
        env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } }],
        volumes: [
          {
            name: 'credential-0',
            secret: { secretName: 'keys', defaultMode: 0o600, items: [{ key: 'token', path: 'token', mode: 0o600 }] },
          },
        ],
        mounts: [{ name: 'credential-0', mountPath: '/token', readOnly: true, subPath: 'token' }],
      },
    },
  ]
  test.each(cases)('$name', ({ given, want }) => expect(credentialParts(given)).toEqual(want))

  test('volumes are named by their place in the list', () =>
    expect(
      credentialParts([credential({}), credential({ mountPath: '/a' }), credential({ mountPath: '/b' })]).volumes.map(
        ({ name }) => name,
      ),
    ).toEqual(['credential-1', 'credential-2']))

  test('a path with a slash at its end is the same file', () =>
    expect(credentialParts([credential({ mountPath: '/etc/token/' }, 'token')]).mounts).toEqual([
      { name: 'credential-0', mountPath: '/etc/token', readOnly: true, subPath: 'token' },
    ]))
})
