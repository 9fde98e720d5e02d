import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { withoutStatus, yamlOf } from './yaml.ts'

const key = fc.string({ minLength: 1, unit: 'binary' })
const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('no', 'a\nb', 'a\nb\n', 'a\n\n b\n\n\n', '0x1', '1e3', '2026-06-01', ' a\nb', 'a: b', '- a', '~', '\n', 'a\r\nb', 'x\n\u0085y')) // prettier-ignore
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(key, tie('tree'), { maxKeys: 4 })),
})) // prettier-ignore

test('a manifest reads as it is meant', () => {
  const task = {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: { name: 'fix', labels: {} },
    spec: { description: 'Run the tests.\nRepair what fails.\n', timeout: '30m', contexts: [{ name: 'no', text: 'a: b' }] },
  } // prettier-ignore
  expect(yamlOf(task)).toBe(`apiVersion: kubeopencode.io/v1alpha1
kind: Task
metadata:
  name: fix
  labels: {}
spec:
  description: |
    Run the tests.
    Repair what fails.
  timeout: "30m"
  contexts:
    - name: "no"
      text: "a: b"
`)
})

test('whatever is written is read back the same', () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), (value) => {
      const whole = JSON.parse(JSON.stringify(value)) as object
      expect(parse(yamlOf(whole), { maxAliasCount: 0 })).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

test('the status is left out of what is edited, wherever it stands', () => {
  const object = { kind: 'Task', spec: { a: '1\n2' }, status: { phase: 'Running', conditions: [{ type: 'Ready' }] } }
  const { status: _, ...rest } = object
  expect(parse(withoutStatus(stringify(object)))).toEqual(rest)
  expect(parse(withoutStatus(stringify({ status: object.status, ...rest, end: 1 })))).toEqual({ ...rest, end: 1 })
  expect(withoutStatus(stringify(rest))).toBe(stringify(rest))
})
