import { expect, test } from 'vitest'
import * as z from 'zod'
import { customResourceDefinition } from './crd.ts'
import { objectOf } from './kind.ts'
import { kinds } from './kinds.ts'
import { TaskKind } from './task.ts'

test('names, columns and selectable fields of a kind', () => {
  const { metadata, spec } = customResourceDefinition(TaskKind)
  const [version] = spec.versions
  expect(metadata.name).toBe('tasks.kubeopencode.io')
  expect(spec.names).toEqual({
    kind: 'Task',
    listKind: 'TaskList',
    plural: 'tasks',
    singular: 'task',
    shortNames: ['tk'],
    categories: ['kubeopencode', 'all'],
  })
  expect(version?.subresources).toEqual({ status: {} })
  expect(
    version?.additionalPrinterColumns.map(({ name, priority = 0 }) => `${name}${priority ? ' (wide)' : ''}`),
  ).toEqual(['Phase', 'Agent', 'Template (wide)', 'Pod (wide)', 'Reason (wide)', 'Age'])
  expect(version?.selectableFields).toContainEqual({ jsonPath: '.status.phase' })
})

test('the same kind gives the same definition', () => {
  for (const kind of kinds)
    expect(JSON.stringify(customResourceDefinition(kind))).toBe(JSON.stringify(customResourceDefinition(kind)))
})

test('a field without a description is refused with its path', () => {
  const silent = { ...TaskKind, object: objectOf('Task', z.object({ a: z.string() }).describe('x'), z.object({})) }
  expect(() => customResourceDefinition(silent)).toThrow('.spec.a: no description')
})
