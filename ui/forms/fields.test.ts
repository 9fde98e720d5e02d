import { expect, test } from 'vitest'
import { withMetadata } from '../../test/builders/change.ts'
import { started, task } from '../../test/builders/task.ts'
import { againOf } from '../text/again.ts'
import { faultsByField, nameLike, objectOf } from './fields.ts'
import { forms } from './forms.ts'

const { fields } = forms.tasks

test('a form gives the object it describes, and nothing that was left empty', () => {
  expect(
    objectOf('Task', 'team', fields, {
      'metadata.name': 'fix',
      spec: 'template/base',
      'spec.description': 'Fix it.',
      'spec.timeout': '',
      'spec.contexts.0.type': 'Git',
      'spec.contexts.0.git.repository': 'https://git.example.com/a.git',
      'spec.contexts.0.git.ref': '',
    }),
  ).toEqual({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: { namespace: 'team', name: 'fix' },
    spec: {
      templateRef: { name: 'base' },
      description: 'Fix it.',
      contexts: [{ type: 'Git', git: { repository: 'https://git.example.com/a.git' } }],
    },
  })
})

test('a number is one, and what is none goes as it is written', () => {
  const of = (text: string) =>
    objectOf('Agent', 'team', forms.agents.fields, { 'spec.maxConcurrentTasks': text })['spec']
  expect(of('3')).toEqual({ maxConcurrentTasks: 3 })
  expect(of('three')).toEqual({ maxConcurrentTasks: 'three' })
})

test('each fault is shown at the field it is of, and one of no field above them all', () => {
  const fault = (field: string) => ({ field, message: `wrong at ${field}` })
  const found = faultsByField(fields, [
    fault('metadata.name'),
    fault('spec'),
    fault('spec.agentRef.name'),
    fault('spec.contexts[0].git.repository'),
    fault('spec.nobodyKnows'),
  ])
  expect([...found].map(([path, faults]) => [path, faults.map(({ field }) => field)])).toEqual([
    ['metadata.name', ['metadata.name']],
    ['spec', ['spec', 'spec.agentRef.name']],
    ['spec.contexts', ['spec.contexts.0.git.repository']],
    ['', ['spec.nobodyKnows']],
  ])
})

test('a name like another one is still a name', () => {
  expect(nameLike('fix', 'abcde')).toBe('fix-abcde')
  expect(nameLike(`${'a'.repeat(56)}-bcdefg`, 'abcde')).toBe(`${'a'.repeat(56)}-abcde`)
})

test('the same work once more keeps what people gave it, and none of what was stamped on it', () => {
  const one = task(withMetadata({ labels: { team: 'web', 'kubeopencode.io/crontask': 'nightly' } }), started(10))
  expect(againOf(one, 'abcde')).toEqual({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: { name: 'job-abcde', namespace: 'default', labels: { team: 'web' } },
    spec: one.spec,
  })
})
