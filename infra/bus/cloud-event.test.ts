import { expect, test } from 'vitest'
import type { Hint } from '../../shared/hint.ts'
import { resources } from '../../shared/kubernetes.ts'
import { hooks } from '../../webhooks/table.ts'
import { cloudEventOf, hintOf } from './cloud-event.ts'

const now = new Date('2026-05-01T09:00:00Z')
const envelope = { id: 'one', source: 'https://apiserver.example.com/', now }
const hint: Hint = {
  key: { kind: 'Task', namespace: 'team', name: 'fix' },
  cause: { ref: { kind: 'Pod', namespace: 'team', name: 'fix-pod' }, operation: 'UPDATE', resourceVersion: '7' },
}

test('has the attributes that CloudEvents 1.0 asks for', () => {
  expect(cloudEventOf(hint, envelope)).toEqual({
    specversion: '1.0',
    id: 'one',
    source: 'https://apiserver.example.com/',
    type: 'io.kubeopencode.reconcile',
    subject: 'Task/team/fix',
    time: '2026-05-01T09:00:00.000Z',
    datacontenttype: 'application/json',
    data: hint,
  })
})

test.each<Hint>([
  hint,
  { key: { kind: 'KubeOpenCodeConfig', name: 'cluster' } },
  { key: hint.key, afterSeconds: 2.5 },
  { key: hint.key, turn: 'ended', ahead: [{ kind: 'Agent', namespace: 'team', name: 'coder' }] },
])('comes back as it was: %o', (one) => {
  expect(hintOf(JSON.parse(JSON.stringify(cloudEventOf(one, envelope))))).toEqual(one)
})

test.each([
  'none',
  [{ kind: 'Secret', name: 'x' }],
  [{ kind: 'Agent', namespace: 'team', name: 'Not_A_Name' }],
  [{ kind: 'Pod', namespace: 'team', name: 'x' }],
  Array.from({ length: 10 }, () => ({ kind: 'Agent', namespace: 'team', name: 'coder' })),
])('of what is to be read ahead, what makes no sense is left out alone: %o', (ahead) => {
  const event = cloudEventOf({ key: hint.key, turn: 'ended' }, envelope)
  expect(hintOf({ ...event, data: { ...event.data, ahead } })).toEqual({ key: hint.key, turn: 'ended', ahead: [] })
})

test('of whatever is observed', () => {
  const observed = hooks.flatMap(({ type, kind }) => (type === 'observe' ? [kind] : []))
  const lost = observed.filter((kind) => {
    const ref = { kind, ...(resources[kind].namespaced && { namespace: 'team' }), name: 'x' }
    const one: Hint = { key: hint.key, cause: { ref, operation: 'UPDATE', resourceVersion: '7' } }
    return hintOf(JSON.parse(JSON.stringify(cloudEventOf(one, envelope)))) === undefined
  })
  expect(observed).toContain('Service')
  expect(lost).toEqual([])
})

const good = cloudEventOf(hint, envelope)
test.each([
  undefined,
  null,
  'text',
  [],
  {},
  { ...good, specversion: '0.3' },
  { ...good, type: 'com.example.other' },
  { ...good, data: {} },
  { ...good, data: { key: { kind: 'Secret', namespace: 'team', name: 'x' } } },
  { ...good, data: { key: { kind: 'Task', namespace: '../kube-system', name: 'x' } } },
  { ...good, data: { key: { kind: 'Task', namespace: 'team', name: 'a/b?c' } } },
  { ...good, data: { key: { kind: 'Task', namespace: 'team', name: 'a'.repeat(254) } } },
  { ...good, data: { ...hint, afterSeconds: -1 } },
  { ...good, data: { ...hint, afterSeconds: 1e12 } },
  { ...good, data: { ...hint, cause: { ...hint.cause, ref: { kind: 'Secret', name: 'x' } } } },
])('what is no hint of ours is none: %o', (event) => {
  expect(hintOf(event)).toBeUndefined()
})
