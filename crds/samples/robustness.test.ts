import { expect, test } from 'vitest'
import { kinds } from '../kinds.ts'
import { fieldOf, placesOf, replaced } from './derived.ts'
import { full } from './full.ts'

const known = new Set<string>()

/** One place for each shape of a node, with the way to parse its object with another value there. */
const places = kinds.flatMap(({ kind, object }) =>
  placesOf(kind, full[kind][0])
    .filter(({ node }) => !known.has(JSON.stringify(node)) && known.add(JSON.stringify(node)))
    .map(({ node, path }) => ({
      name: `${kind} ${fieldOf(path)}`,
      node,
      parse: (value: unknown) => object.safeParse(replaced(full[kind][0], path, value)),
    })),
)

const anything = [null, [], {}, 0, -1, 1.5, 1e308, '', 'x', true, [null], { x: null }]

test('no JSON in any field makes a parser throw', () => {
  expect(() => {
    for (const { parse } of places) for (const value of anything) parse(value)
  }).not.toThrow()
}, 30_000)

/** With a search that grows with the square of its text, this long a one takes many seconds. */
const long = 100_000
const bombs = [
  'a'.repeat(long),
  '1,'.repeat(long),
  '/'.repeat(long),
  `/${'./'.repeat(long)}`,
  '1h'.repeat(long),
  'a@'.repeat(long),
  '"a" '.repeat(long),
]

/** Milliseconds of the best of three: other programs of a busy machine do not count. */
const fastest = (work: () => void): number =>
  Math.min(
    ...[1, 2, 3].map(() => {
      const start = performance.now()
      work()
      return performance.now() - start
    }),
  )

test('a very long text costs nothing', () => {
  const slow = places
    .filter(({ node }) => node.type === 'string' && node['x-kubernetes-validations'])
    .flatMap(({ name, parse }) => bombs.map((bomb) => ({ name, milliseconds: fastest(() => parse(`${bomb}!`)) })))
    .filter(({ milliseconds }) => milliseconds > 100)
  expect(slow).toEqual([])
}, 30_000)
