import { expect, test } from 'vitest'
import { contextType, inferContextType } from './context.ts'

const cases = [
  { name: 'one member', item: { text: 'x' }, type: 'Text' },
  { name: 'one member and what all have', item: { name: 'a', mountPath: 'x', git: {} }, type: 'Git' },
  { name: 'an empty member', item: { runtime: {} }, type: 'Runtime' },
  { name: 'no member', item: { name: 'a' }, type: undefined },
  { name: 'two members', item: { text: 'x', url: {} }, type: undefined },
] as const

test.each(cases)('a context with $name is of type $type', ({ item, type }) => expect(inferContextType(item)).toBe(type))

test('a type that is said counts', () => expect(contextType({ type: 'URL', text: 'x' })).toBe('URL'))
