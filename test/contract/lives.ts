import { expect } from 'vitest'
import { RetryableError } from '../../shared/errors.ts'
import type { Case } from './world.ts'
import { made, ownedBy, podOf, taskOf, versionOf } from './world.ts'

export const deleting: readonly Case[] = [
  [
    'goes at once where nothing holds it',
    async ({ create, remove, read }) => {
      await create(taskOf('delete-plain'))
      expect((await remove('Task', 'delete-plain')).code).toBe(200)
      expect((await read('Task', 'delete-plain')).code).toBe(404)
      expect((await remove('Task', 'delete-plain')).code).toBe(404)
    },
  ],
  [
    'only the incarnation that is named',
    async ({ create, remove, read }) => {
      await create(taskOf('delete-uid'))
      const wrong = await remove('Task', 'delete-uid', {
        preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
      })
      expect(wrong).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
      const { body } = await read('Task', 'delete-uid')
      expect((await remove('Task', 'delete-uid', { preconditions: { uid: body.metadata.uid } })).code).toBe(200)
    },
  ],
  [
    'a finalizer holds it until it is taken away',
    async ({ create, remove, read, patch }) => {
      await create(taskOf('delete-held', {}, { finalizers: ['example.com/hold'] }))
      await remove('Task', 'delete-held')
      const held = await read('Task', 'delete-held')
      expect(held.body.metadata.deletionTimestamp).toBeDefined()
      expect(held.body.metadata.generation).toBe(2)
      expect(versionOf(await remove('Task', 'delete-held'))).toBe(versionOf(held))
      await patch('Task', 'delete-held', { metadata: { finalizers: null } })
      expect((await read('Task', 'delete-held')).code).toBe(404)
    },
  ],
  [
    'a Pod that no node has goes at once; one on a node gets its grace, which may be shortened',
    async ({ create, remove, read }) => {
      await create(podOf('delete-pod'))
      await remove('Pod', 'delete-pod')
      expect((await read('Pod', 'delete-pod')).code).toBe(404)
      await create(podOf('delete-pod-node', { nodeName: 'n' }))
      await remove('Pod', 'delete-pod-node')
      const leaving = await read('Pod', 'delete-pod-node')
      expect(leaving.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 })
      expect(leaving.body.metadata.deletionTimestamp).toBeDefined()
      await remove('Pod', 'delete-pod-node', { gracePeriodSeconds: 0 })
      expect((await read('Pod', 'delete-pod-node')).code).toBe(404)
    },
  ],
  [
    'a Pod that has ended goes at once',
    async ({ create, remove, read, patch }) => {
      await create(podOf('delete-pod-ended', { nodeName: 'n' }))
      await patch('Pod', 'delete-pod-ended', { status: { phase: 'Succeeded' } }, '/status')
      await remove('Pod', 'delete-pod-ended')
      expect((await read('Pod', 'delete-pod-ended')).code).toBe(404)
    },
  ],
  [
    'a Pod is held by a finalizer beyond its grace',
    async ({ create, remove, read, patch }) => {
      await create(podOf('delete-pod-held', {}, { finalizers: ['example.com/hold'] }))
      await remove('Pod', 'delete-pod-held')
      expect((await read('Pod', 'delete-pod-held')).body.metadata.deletionTimestamp).toBeDefined()
      await patch('Pod', 'delete-pod-held', { metadata: { finalizers: null } })
      expect((await read('Pod', 'delete-pod-held')).code).toBe(404)
    },
  ],
  [
    'the same name again is another object',
    async ({ create, remove }) => {
      const one = await create(taskOf('delete-again'))
      await remove('Task', 'delete-again')
      const other = await create(taskOf('delete-again'))
      expect(other.code).toBe(201)
      expect(other.body.metadata.uid).not.toBe(one.body.metadata.uid)
    },
  ],
]

export const collecting: readonly Case[] = [
  [
    'what an object owns goes after it',
    async ({ create, remove, read, until }) => {
      const { body } = await create(taskOf('collect-owner'))
      await create(made('ConfigMap', 'collect-child', { metadata: ownedBy(body) }))
      await create(made('ConfigMap', 'collect-other', {}))
      await remove('Task', 'collect-owner')
      await until(async () => (await read('ConfigMap', 'collect-child')).code === 404)
      expect((await read('ConfigMap', 'collect-other')).code).toBe(200)
    },
  ],
  [
    'a child of an earlier uid is nobody’s child',
    async ({ create, remove, read, until }) => {
      const first = await create(taskOf('collect-former'))
      await remove('Task', 'collect-former')
      await create(taskOf('collect-former'))
      await create(made('ConfigMap', 'collect-orphan', { metadata: ownedBy(first.body) }))
      await until(async () => (await read('ConfigMap', 'collect-orphan')).code === 404)
      expect((await read('Task', 'collect-former')).code).toBe(200)
    },
  ],
  [
    'in the foreground the owner waits for what it owns',
    async ({ create, remove, read, patch, until }) => {
      const { body } = await create(taskOf('collect-front'))
      await create(
        made('ConfigMap', 'collect-held', { metadata: { ...ownedBy(body), finalizers: ['example.com/hold'] } }),
      )
      await remove('Task', 'collect-front', { propagationPolicy: 'Foreground' })
      await until(async () => (await read('ConfigMap', 'collect-held')).body.metadata.deletionTimestamp !== undefined)
      expect((await read('Task', 'collect-front')).body.metadata.deletionTimestamp).toBeDefined()
      await patch('ConfigMap', 'collect-held', { metadata: { finalizers: null } })
      await until(async () => (await read('Task', 'collect-front')).code === 404)
    },
  ],
]

const names = (reply: {
  readonly body: { readonly items?: readonly { readonly metadata: { readonly name?: string } }[] }
}) => (reply.body.items ?? []).map(({ metadata }) => metadata.name)

export const selecting: readonly Case[] = [
  [
    'by labels, in every way they can be asked for',
    async ({ create, list }) => {
      for (const [name, labels] of [
        ['label-a', { set: 'labels', tier: 'one' }],
        ['label-b', { set: 'labels', tier: 'two', extra: 'x' }],
        ['label-c', { set: 'labels' }],
      ] as const)
        await create(made('ConfigMap', name, { metadata: { labels } }))
      const asked = async (labelSelector: string) =>
        names(await list('ConfigMap', { labelSelector: `set=labels,${labelSelector}` }))
      expect(await asked('tier=one')).toEqual(['label-a'])
      expect(await asked('tier==two')).toEqual(['label-b'])
      expect(await asked('tier!=one')).toEqual(['label-b', 'label-c'])
      expect(await asked('tier in (one, two)')).toEqual(['label-a', 'label-b'])
      expect(await asked('tier notin (one)')).toEqual(['label-b', 'label-c'])
      expect(await asked('extra')).toEqual(['label-b'])
      expect(await asked('!tier')).toEqual(['label-c'])
    },
  ],
  [
    'by the fields our kinds declare, an absent one being empty',
    async ({ create, list, patch }) => {
      const spec = { agentRef: { name: 'selected' } }
      for (const name of ['field-a', 'field-b', 'field-c']) await create(taskOf(name, spec))
      await patch('Task', 'field-a', { status: { phase: 'Completed' } }, '/status')
      await patch('Task', 'field-b', { status: { phase: 'Queued' } }, '/status')
      const asked = async (fieldSelector: string) =>
        names(await list('Task', { fieldSelector: `spec.agentRef.name=selected,${fieldSelector}` }))
      expect(await asked('status.phase!=Completed,status.phase!=Failed')).toEqual(['field-b', 'field-c'])
      expect(await asked('status.phase=Queued')).toEqual(['field-b'])
      expect(await asked('status.phase=')).toEqual(['field-c'])
      expect(await asked('metadata.name=field-a')).toEqual(['field-a'])
    },
  ],
  [
    'not by any other field',
    async ({ list }) => expect((await list('Task', { fieldSelector: 'spec.description=work' })).code).toBe(400),
  ],
  [
    'page by page, with later pages of the moment of the first',
    async ({ create, list, remove }) => {
      for (const name of ['page-a', 'page-b', 'page-c', 'page-d', 'page-e'])
        await create(made('ConfigMap', name, { metadata: { labels: { set: 'pages' } } }))
      const query = { labelSelector: 'set=pages', limit: '2' }
      const first = await list('ConfigMap', query)
      expect(names(first)).toEqual(['page-a', 'page-b'])
      await remove('ConfigMap', 'page-c')
      await create(made('ConfigMap', 'page-cc', { metadata: { labels: { set: 'pages' } } }))
      const second = await list('ConfigMap', { ...query, continue: first.body.metadata.continue ?? '' })
      expect(names(second)).toEqual(['page-c', 'page-d'])
      const third = await list('ConfigMap', { ...query, continue: second.body.metadata.continue ?? '' })
      expect(names(third)).toEqual(['page-e'])
      expect(third.body.metadata.continue ?? '').toBe('')
    },
  ],
]

export const port: readonly Case[] = [
  [
    'port: create says whether it did',
    async ({ cluster }) => {
      expect(await cluster.create(made('ConfigMap', 'port-create', { metadata: { namespace: 'default' } }))).toBe(true)
      expect(await cluster.create(made('ConfigMap', 'port-create', { metadata: { namespace: 'default' } }))).toBe(false)
    },
  ],
  [
    'port: what is not there is undefined',
    async ({ cluster }) =>
      expect(await cluster.get({ kind: 'Task', namespace: 'default', name: 'port-none' })).toBeUndefined(),
  ],
  [
    'port: a patch and a patch of the status each give the new version, with which the other can be patched',
    async ({ cluster, create }) => {
      const { body } = await create(taskOf('port-patch'))
      const ref = { kind: 'Task', namespace: 'default', name: 'port-patch' } as const
      const version = await cluster.patch(
        ref,
        { metadata: { annotations: { a: 'b' } } },
        body.metadata.resourceVersion ?? '',
      )
      const told = await cluster.patchStatus(ref, { phase: 'Pending' }, version)
      await cluster.patch(ref, { metadata: { annotations: { c: 'd' } } }, told.resourceVersion)
      expect(await cluster.get(ref)).toMatchObject({
        metadata: { annotations: { a: 'b', c: 'd' } },
        status: { phase: 'Pending' },
      })
      await expect(cluster.patchStatus(ref, { phase: 'Queued' }, version)).rejects.toBeInstanceOf(RetryableError)
    },
  ],
  [
    'port: a patch of the status tells what of it is not stored',
    async ({ cluster, create }) => {
      const { body } = await create(taskOf('port-pruned'))
      const ref = { kind: 'Task', namespace: 'default', name: 'port-pruned' } as const
      const status = {
        phase: 'Queued',
        queue: { position: 1, since: '2026-05-01T09:00:00Z', of: 2 },
        slots: [{ uid: 'a' }],
        podName: null,
      }
      const first = await cluster.patchStatus(ref, status, body.metadata.resourceVersion ?? '')
      expect(first.pruned).toEqual(['status.queue.of', 'status.slots'])
      const again = await cluster.patchStatus(ref, { slots: [] }, first.resourceVersion)
      expect(again).toEqual({ resourceVersion: first.resourceVersion, pruned: ['status.slots'] })
    },
  ],
  [
    'port: of another incarnation, nothing is removed',
    async ({ cluster, create }) => {
      await create(taskOf('port-remove'))
      const ref = { kind: 'Task', namespace: 'default', name: 'port-remove' } as const
      await cluster.remove(ref, '00000000-0000-0000-0000-000000000000')
      const found = await cluster.get(ref)
      expect(found).toBeDefined()
      await cluster.remove(ref, found?.metadata.uid ?? '')
      expect(await cluster.get(ref)).toBeUndefined()
      await cluster.remove(ref, found?.metadata.uid ?? '')
    },
  ],
  [
    'port: items of a list say their kind',
    async ({ cluster, create }) => {
      await create(taskOf('port-list'))
      const { items } = await cluster.list('Task', { namespace: 'default', fieldSelector: 'metadata.name=port-list' })
      expect(items).toMatchObject([{ apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task' }])
    },
  ],
]
