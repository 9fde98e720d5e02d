import { expect, test } from 'vitest'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { serverKey } from './key.ts'
import { keptPasswords } from './kept.ts'

const namespace = 'kubeopencode-system'
const secret = { kind: 'Secret', namespace, name: 'kubeopencode-server-key' } as const
const server = { namespace: 'team', name: 'coder', uid: 'uid-1' }

const opened = async () => {
  const deps = recordedDeps(memoryCluster())
  const one = keptPasswords(deps.cluster, namespace, deps.log)
  const other = keptPasswords(deps.cluster, namespace, deps.log)
  const first = await one.of(server)
  expect(await other.of(server)).toEqual(first)
  return { ...deps, one, other, first }
}

test('a Secret that is gone is put back with the key in use, so that a copy that starts has the same', async () => {
  const { cluster, one, other, first } = await opened()
  cluster.drop(secret)
  await one.look()
  await other.look()
  expect(await keptPasswords(cluster, namespace, recordedDeps(cluster).log).of(server)).toEqual(first)
  expect(await one.of(server)).toEqual(first)
})

test('a Secret that holds another key is believed by all that run, without a restart', async () => {
  const { cluster, one, other, first, warnings } = await opened()
  cluster.drop(secret)
  await serverKey(cluster, namespace)
  await one.look()
  await other.look()
  const now = await one.of(server)
  expect(now).not.toEqual(first)
  expect(await other.of(server)).toEqual(now)
  expect(warnings).toHaveLength(2)
})

test('a Secret that holds no key leaves the one in use, and says so', async () => {
  const { cluster, one, first, warnings } = await opened()
  cluster.drop(secret)
  cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret.name }, data: {} } as never)
  await one.look()
  expect(await one.of(server)).toEqual(first)
  expect(warnings).toEqual([expect.stringContaining('could not be looked after')])
})

test('nobody looks before the key was asked for', async () => {
  const { cluster, log } = recordedDeps(memoryCluster())
  await keptPasswords(cluster, namespace, log).look()
  expect(cluster.writes).toEqual([])
})
