import type { Secret } from 'kubernetes-types/core/v1'
import { expect, test } from 'vitest'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { serverKey } from './key.ts'

const namespace = 'kubeopencode-system'
const secret = (data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name: 'kubeopencode-server-key' },
  data,
})

test('is made once and is the same for all', async () => {
  const cluster = memoryCluster()
  const made = await serverKey(cluster, namespace)
  expect(made).toHaveLength(32)
  expect(await serverKey(cluster, namespace)).toEqual(made)
  expect(cluster.writes).toEqual([`create Secret ${namespace}/kubeopencode-server-key`])
})

test('copies that start together agree: whoever is late reads again', async () => {
  const cluster = memoryCluster()
  const asked = await Promise.allSettled([serverKey(cluster, namespace), serverKey(cluster, namespace)])
  const keys = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) expect(key).toEqual(await serverKey(cluster, namespace))
})

test.each([{}, { key: 'not base64!' }, { key: btoa('short') }])(
  'a Secret without a key is no key: %o',
  async (data) => {
    const cluster = memoryCluster(secret(data))
    await expect(serverKey(cluster, namespace)).rejects.toThrow(
      /has no 32 bytes in its key "key": restore it, or delete/,
    )
    expect(cluster.writes).toEqual([])
  },
)
