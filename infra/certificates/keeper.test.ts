import { describe, expect, test } from 'vitest'
import { RetryableError } from '../../shared/errors.ts'
import type { KubeObject, Ref } from '../../shared/kubernetes.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import type { Clock, Cluster } from '../../shared/ports.ts'
import { certificatesOf } from './held.ts'
import { WEBHOOK_SECRET } from '../generate/installation.ts'
import { createKeeper } from './keeper.ts'

interface Stored extends KubeObject {
  data?: Record<string, string>
  webhooks?: { clientConfig: { caBundle?: string } }[]
}

const namespace = 'kubeopencode-system'
const configurations = [
  { kind: 'MutatingWebhookConfiguration', name: 'm' },
  { kind: 'ValidatingWebhookConfiguration', name: 'v' },
] as const

/** As much of an apiserver as a keeper meets: create-only, and patches that name the version they saw. */
const world = () => {
  const objects = new Map<string, Stored>()
  let version = 0
  let writes = 0
  const put = (key: string, object: Stored): string => {
    version += 1
    objects.set(key, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
    return String(version)
  }
  const cluster = {
    get: async (ref: Ref) => objects.get(describeRef(ref)) as never,
    create: async (object: Stored) => {
      const key = describeRef({ kind: 'Secret', namespace, name: object.metadata?.name ?? '' })
      if (objects.has(key)) return false
      writes += 1
      put(key, object)
      return true
    },
    patch: async (ref: Ref, patch: object, resourceVersion: string) => {
      const object = objects.get(describeRef(ref))
      if (object?.metadata?.resourceVersion !== resourceVersion) throw new RetryableError('conflict')
      writes += 1
      return put(describeRef(ref), { ...object, ...patch })
    },
  } as unknown as Cluster
  for (const ref of configurations) put(describeRef(ref), { webhooks: [{ clientConfig: {} }, { clientConfig: {} }] })
  let now = new Date('2026-01-01T00:00:00Z')
  const clock: Clock = { now: () => now, sleep: async () => {} }
  let mended = 0
  const onMended = () => void (mended += 1)
  const keep = createKeeper({ cluster, clock, namespace, names: ['hooks.svc'], configurations, onMended })
  return {
    keep,
    cluster,
    objects,
    writes: () => writes,
    mended: () => mended,
    secret: () => objects.get(describeRef({ kind: 'Secret', namespace, name: WEBHOOK_SECRET }))!,
    trusted: () =>
      configurations.flatMap((ref) =>
        objects.get(describeRef(ref))!.webhooks!.map(({ clientConfig }) => atob(clientConfig.caBundle ?? '')),
      ),
    pass: (days: number) => {
      now = new Date(now.getTime() + days * 86_400_000)
    },
  }
}

describe('the keeper', () => {
  test('makes a certificate, and tells the apiserver whom to trust; then it is quiet', async () => {
    const { keep, secret, trusted, writes } = world()
    const serving = await keep()
    expect(atob(secret().data!['tls.crt']!)).toBe(serving.certificate)
    expect(new Set(trusted())).toEqual(new Set([atob(secret().data!['ca.crt']!)]))
    const settled = writes()
    expect(await keep()).toEqual(serving)
    expect(writes()).toBe(settled)
  })

  test('tells when it has mended a configuration that was made anew, and only then', async () => {
    const { keep, objects, mended } = world()
    await keep()
    await keep()
    expect(mended()).toBe(2)
    objects.set(describeRef(configurations[1]), { metadata: { resourceVersion: '' }, webhooks: [{ clientConfig: {} }] })
    await keep()
    await keep()
    expect(mended()).toBe(3)
  })

  test('of many copies at once, all serve the same', async () => {
    const { keep, secret, trusted } = world()
    const all = await Promise.all(Array.from({ length: 8 }, () => keep()))
    expect(new Set(all.map(({ certificate }) => certificate)).size).toBe(1)
    expect(new Set(trusted())).toEqual(new Set([atob(secret().data!['ca.crt']!)]))
  })

  test('renews before the end, by the authority that is trusted', async () => {
    const { keep, secret, pass } = world()
    const first = await keep()
    const authority = secret().data!['ca.crt']
    pass(61)
    const second = await keep()
    expect(second.certificate).not.toBe(first.certificate)
    expect(secret().data!['ca.crt']).toBe(authority)
  })

  test('has two authorities trusted while one follows the other', async () => {
    const { keep, secret, trusted, pass } = world()
    await keep()
    pass(2400)
    const before = await keep()
    pass(40)
    expect(await keep()).toEqual(before)
    expect(trusted().map((bundle) => certificatesOf(bundle).length)).toEqual([2, 2, 2, 2])
    pass(1 / 20)
    expect(await keep()).not.toEqual(before)
    pass(1 / 20)
    const after = await keep()
    expect(trusted().map((bundle) => certificatesOf(bundle).length)).toEqual([1, 1, 1, 1])
    expect(atob(secret().data!['tls.crt']!)).toBe(after.certificate)
  })

  test('heals what was spoiled by hand', async () => {
    const { keep, secret, trusted, objects } = world()
    await keep()
    secret().data!['tls.key'] = '%%%'
    const healed = await keep()
    objects.get('MutatingWebhookConfiguration m')!.webhooks![0]!.clientConfig.caBundle = ''
    expect(await keep()).toEqual(healed)
    for (const bundle of trusted()) expect(bundle).toContain(atob(secret().data!['ca.crt']!))
  })

  test('a Secret that was lost is made anew, and what other copies still serve is trusted for an hour', async () => {
    const { keep, objects, trusted, pass } = world()
    await keep()
    const [before] = trusted()
    pass(1)
    objects.delete(describeRef({ kind: 'Secret', namespace, name: WEBHOOK_SECRET }))
    const made = await keep()
    for (const bundle of trusted())
      expect(certificatesOf(bundle)).toEqual(expect.arrayContaining(certificatesOf(before!)))
    expect(trusted().map((bundle) => certificatesOf(bundle).length)).toEqual([2, 2, 2, 2])
    expect(await keep()).toEqual(made)
    pass(1 / 20)
    await keep()
    expect(trusted().map((bundle) => certificatesOf(bundle).length)).toEqual([1, 1, 1, 1])
    expect(trusted()).not.toContain(before)
  })

  test('says what keeps it from its work', async () => {
    const { keep, cluster } = world()
    cluster.get = async () => {
      throw new RetryableError('the apiserver is away')
    }
    await expect(keep()).rejects.toThrow(/will be tried again: the apiserver is away$/)
  })

  test('waits for configurations that are not there yet', async () => {
    const { keep, objects } = world()
    objects.clear()
    await expect(keep()).resolves.toMatchObject({ certificate: expect.stringContaining('BEGIN CERTIFICATE') })
  })
})
