import { expect } from 'vitest'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Case } from './world.ts'
import { made, taskOf, podOf, versionOf } from './world.ts'

export const creation: readonly Case[] = [
  [
    'a new object gets a uid, a version, a time and a first generation',
    async ({ create }) => {
      const { code, body } = await create(taskOf('create-new'))
      expect(code).toBe(201)
      expect(body).toMatchObject({
        kind: 'Task',
        metadata: { name: 'create-new', namespace: 'default', generation: 1 },
      })
      expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
      expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0)
    },
  ],
  [
    'a name that is taken is AlreadyExists, and what is there stays',
    async ({ create, read }) => {
      const first = await create(taskOf('create-twice'))
      const second = await create(taskOf('create-twice', { description: 'other' }))
      expect(second).toMatchObject({ code: 409, body: { kind: 'Status', reason: 'AlreadyExists' } })
      expect((await read('Task', 'create-twice')).body.metadata).toEqual(first.body.metadata)
    },
  ],
  [
    'generateName makes a name of its own each time',
    async ({ create }) => {
      const object = taskOf('', {}, { name: undefined, generateName: 'made-' })
      const [one, other] = [await create(object), await create(object)]
      expect([one.code, other.code]).toEqual([201, 201])
      expect(one.body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/)
      expect(one.body.metadata.name).not.toBe(other.body.metadata.name)
    },
  ],
  [
    'no name at all is refused',
    async ({ create }) =>
      expect(await create(taskOf('', {}, { name: undefined }))).toMatchObject({
        code: 422,
        body: { reason: 'Invalid' },
      }),
  ],
  [
    'a status, a uid and a time of somebody else are not taken over',
    async ({ create }) => {
      const { code, body } = await create({
        ...taskOf('create-forged', {}, { uid: 'mine', generation: 7, creationTimestamp: '2001-01-01T00:00:00Z' }),
        status: { phase: 'Completed' },
      } as KubeObject)
      expect(code).toBe(201)
      expect(body.status).toBeUndefined()
      expect(body.metadata).toMatchObject({ generation: 1 })
      expect(body.metadata.uid).not.toBe('mine')
      expect(body.metadata.creationTimestamp).not.toBe('2001-01-01T00:00:00Z')
    },
  ],
  [
    'defaults are filled in and unknown fields are dropped',
    async ({ create }) => {
      const { body } = await create(
        made('Agent', 'create-agent', { spec: { workspaceDir: '/w', serviceAccountName: 'bot', nonsense: 1 } }),
      )
      expect(body.spec).toEqual({ workspaceDir: '/w', serviceAccountName: 'bot', port: 4096, suspend: false })
    },
  ],
  [
    'what the schema forbids is Invalid',
    async ({ create }) => {
      const neither = await create(made('Task', 'create-bad', { spec: { description: 'x' } }))
      expect(neither).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
      expect(neither.body.message).toContain('either agentRef or templateRef must be specified')
    },
  ],
  [
    'a dry run answers as if, and stores nothing',
    async ({ create, read }) => {
      expect((await create(taskOf('create-dry'), '?dryRun=All')).code).toBe(201)
      expect(await read('Task', 'create-dry')).toMatchObject({ code: 404, body: { reason: 'NotFound' } })
    },
  ],
  [
    'a version on a new object is refused',
    async ({ create }) =>
      expect((await create(taskOf('create-version', {}, { resourceVersion: '1' }))).code).toBeGreaterThanOrEqual(400),
  ],
  [
    'a Pod begins Pending',
    async ({ create }) => {
      const { code, body } = await create(podOf('create-pod'))
      expect(code).toBe(201)
      expect(body.status).toMatchObject({ phase: 'Pending' })
    },
  ],
]

export const changing: readonly Case[] = [
  [
    'a change of spec is a new version and a new generation',
    async ({ create, patch }) => {
      const before = await create(taskOf('change-spec'))
      const after = await patch('Task', 'change-spec', { spec: { description: 'more' } })
      expect(after).toMatchObject({ code: 200, body: { metadata: { generation: 2 }, spec: { description: 'more' } } })
      expect(versionOf(after)).not.toBe(versionOf(before))
      expect(after.body.metadata.uid).toBe(before.body.metadata.uid)
    },
  ],
  [
    'a change of metadata is a new version of the same generation',
    async ({ create, patch }) => {
      const before = await create(taskOf('change-metadata'))
      const after = await patch('Task', 'change-metadata', { metadata: { annotations: { a: 'b' } } })
      expect(after.body.metadata).toMatchObject({ generation: 1, annotations: { a: 'b' } })
      expect(versionOf(after)).not.toBe(versionOf(before))
      const again = await patch('Task', 'change-metadata', { metadata: { annotations: { a: null } } })
      expect(again.body.metadata.annotations).toBeUndefined()
    },
  ],
  [
    'a write that changes nothing gives no new version',
    async ({ create, patch, replace, read, apply }) => {
      await create(taskOf('change-nothing'))
      await patch('Task', 'change-nothing', { status: { phase: 'Pending' } }, '/status')
      const before = await read('Task', 'change-nothing')
      const writes = [
        await patch('Task', 'change-nothing', { spec: { description: 'work' } }),
        await patch('Task', 'change-nothing', { status: { phase: 'Pending' } }, '/status'),
        await replace(before.body),
      ]
      expect(writes.map(versionOf)).toEqual(writes.map(() => versionOf(before)))
      const map = made('ConfigMap', 'change-nothing', { data: { a: '1' } })
      const first = await apply(map)
      expect(versionOf(await apply(map))).toBe(versionOf(first))
    },
  ],
  [
    'a change of a version that is not the newest is a Conflict',
    async ({ create, patch, replace, read }) => {
      const { body } = await create(taskOf('change-old'))
      await patch('Task', 'change-old', { metadata: { labels: { a: 'b' } } })
      const old = { metadata: { resourceVersion: body.metadata.resourceVersion } }
      const conflict = { code: 409, body: { kind: 'Status', reason: 'Conflict' } }
      expect(await patch('Task', 'change-old', { ...old, spec: { description: 'late' } })).toMatchObject(conflict)
      expect(await patch('Task', 'change-old', { ...old, status: { phase: 'Pending' } }, '/status')).toMatchObject(
        conflict,
      )
      expect(await replace({ ...body, spec: { ...body.spec, description: 'late' } })).toMatchObject(conflict)
      expect((await read('Task', 'change-old')).body.spec).toMatchObject({ description: 'work' })
    },
  ],
  [
    'a replacement of our kinds names the version it replaces',
    async ({ create, replace }) => {
      const { body } = await create(taskOf('change-blind'))
      const { resourceVersion: _, ...metadata } = body.metadata
      expect((await replace({ ...body, metadata })).code).toBe(422)
    },
  ],
  [
    'a replacement for another uid is a Conflict',
    async ({ create, replace }) => {
      const { body } = await create(taskOf('change-uid'))
      const other = { ...body, metadata: { ...body.metadata, uid: '00000000-0000-0000-0000-000000000000' } }
      expect(await replace(other)).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    },
  ],
  [
    'the status has a door of its own, in both directions',
    async ({ create, patch }) => {
      await create(taskOf('change-status'))
      const ignored = await patch('Task', 'change-status', {
        status: { phase: 'Failed' },
        metadata: { labels: { a: 'b' } },
      })
      expect(ignored.body.status).toBeUndefined()
      const body = { status: { phase: 'Queued' }, spec: { description: 'x' }, metadata: { labels: { c: 'd' } } }
      const written = await patch('Task', 'change-status', body, '/status')
      expect(written.body).toMatchObject({ status: { phase: 'Queued' }, spec: { description: 'work' } })
      expect(written.body.metadata.labels).toEqual({ a: 'b' })
      expect(written.body.metadata.generation).toBe(1)
    },
  ],
  [
    'a status that the schema forbids is Invalid',
    async ({ create, patch }) => {
      await create(taskOf('change-status-bad'))
      const wrong = await patch('Task', 'change-status-bad', { status: { phase: 'Dreaming' } }, '/status')
      expect(wrong).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
    },
  ],
  [
    'what is not there cannot be changed',
    async ({ patch, replace, read }) => {
      const missing = { code: 404, body: { kind: 'Status', reason: 'NotFound' } }
      expect(await read('Task', 'change-none')).toMatchObject(missing)
      expect(await patch('Task', 'change-none', { spec: { description: 'x' } })).toMatchObject(missing)
      expect(
        await replace({ ...taskOf('change-none'), metadata: { name: 'change-none', resourceVersion: '1' } }),
      ).toMatchObject(missing)
    },
  ],
]

export const applying: readonly Case[] = [
  [
    'a version that no object has is a conflict where one is, and is not asked for where none is',
    async ({ apply, read }) => {
      const map = made('ConfigMap', 'apply-absent', { data: { a: '1' }, metadata: { resourceVersion: '1' } })
      expect((await apply(map)).code).toBe(201)
      expect(await apply(map, 'another')).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
      expect((await read('ConfigMap', 'apply-absent')).body.data).toEqual({ a: '1' })
    },
  ],
  [
    'with a uid only that incarnation is changed, and none is made',
    async ({ apply, read }) => {
      const map = (uid: string, a: string) => made('ConfigMap', 'apply-uid', { data: { a }, metadata: { uid } })
      expect((await apply(map('00000000-0000-4000-8000-0000000000ff', '1'))).code).toBe(409)
      const { body } = await apply(made('ConfigMap', 'apply-uid', { data: { a: '1' } }))
      expect(await apply(map('00000000-0000-4000-8000-0000000000ff', '2'))).toMatchObject({
        code: 422,
        body: { reason: 'Invalid', message: expect.stringContaining('metadata.uid') },
      })
      expect((await apply(map(body.metadata.uid ?? '', '3'))).code).toBe(200)
      expect((await read('ConfigMap', 'apply-uid')).body.data).toEqual({ a: '3' })
    },
  ],
  [
    'what is not there is created',
    async ({ apply }) =>
      expect(await apply(made('ConfigMap', 'apply-new', { data: { a: '1' } }))).toMatchObject({
        code: 201,
        body: { data: { a: '1' } },
      }),
  ],
  [
    'a field that is applied no more goes; what others have set stays',
    async ({ apply, patch }) => {
      await apply(made('ConfigMap', 'apply-less', { data: { a: '1', b: '2' }, metadata: { labels: { x: 'y' } } }))
      await patch('ConfigMap', 'apply-less', { data: { other: '3' }, metadata: { annotations: { note: 'theirs' } } })
      const { body } = await apply(made('ConfigMap', 'apply-less', { data: { a: '9' } }))
      expect(body.data).toEqual({ a: '9', other: '3' })
      expect(body.metadata.labels).toBeUndefined()
      expect(body.metadata.annotations).toEqual({ note: 'theirs' })
    },
  ],
  [
    'a value that another has changed is taken back',
    async ({ apply, patch }) => {
      const map = made('ConfigMap', 'apply-force', { data: { a: '1' } })
      await apply(map)
      await patch('ConfigMap', 'apply-force', { data: { a: 'theirs' } })
      expect((await apply(map)).body.data).toEqual({ a: '1' })
    },
  ],
  [
    'named items of a list are merged, and go with their manager',
    async ({ apply, read }) => {
      const deployment = (env: readonly object[], containers: readonly object[] = []) =>
        made('Deployment', 'apply-list', {
          spec: {
            selector: { matchLabels: { app: 'x' } },
            template: {
              metadata: { labels: { app: 'x' } },
              spec: { containers: [{ name: 'main', image: 'example.com/x:v1', env }, ...containers] },
            },
          },
        })
      await apply(
        deployment([
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ]),
      )
      await apply(deployment([], [{ name: 'sidecar', image: 'example.com/s:v1' }]), 'another')
      await apply(deployment([{ name: 'B', value: '3' }]))
      const { body } = await read('Deployment', 'apply-list')
      const { containers } = (
        body.spec as unknown as { template: { spec: { containers: { name: string; env?: unknown }[] } } }
      ).template.spec
      expect(containers.map(({ name }) => name)).toEqual(['main', 'sidecar'])
      expect(containers[0]?.env).toEqual([{ name: 'B', value: '3' }])
      expect(body.metadata.generation).toBe(3)
    },
  ],
]
