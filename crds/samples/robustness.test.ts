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
}, 300_000)

const long = 100_000
const bombs = ['a'.repeat(long), '1,'.repeat(long), `/${'./'.repeat(long)}`, '1h'.repeat(long), 'a@'.repeat(long)]

/** Patterns are the only searches there are, so a text that is refused for its length alone has cost nothing. */
test('a very long text is refused for its length, and no pattern is tried on it', () => {
  const searched = places
    .filter(({ node }) => node.type === 'string' && node['x-kubernetes-validations'])
    .flatMap(({ name, parse }) =>
      bombs.flatMap((bomb) => (parse(`${bomb}!`).error?.issues ?? []).map(({ code }) => ({ name, code }))),
    )
  expect(searched.length).toBeGreaterThan(0)
  expect(searched.filter(({ code }) => code !== 'too_big')).toEqual([])
})
