import * as fc from 'fast-check'

type Step = { readonly at: number; readonly value: unknown }

/** Every place inside of a JSON value. */
const places = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
    : [path]

const put = (value: unknown, [key, ...rest]: readonly string[], next: unknown): unknown => {
  if (key === undefined) return next
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? put(item, rest, next) : item))
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  if (rest.length === 0 && next === undefined) delete copy[key]
  else copy[key] = put(copy[key], rest, next)
  return copy
}

/** Each JSON type, and what is likely to slip through a check. */
const oddValues: readonly unknown[] = [
  undefined,
  null,
  [],
  {},
  [null],
  [[]],
  { name: {} },
  '',
  'text',
  'a/b\nc',
  0,
  -1,
  0.5,
  Number.POSITIVE_INFINITY,
  true,
  false,
]

const step: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(),
  value: fc.oneof(fc.constantFrom(...oddValues), fc.jsonValue()),
})

/** `sample` with a few of its places removed or replaced by anything that JSON can say. */
export const meddled = (sample: unknown): fc.Arbitrary<unknown> =>
  fc.array(step, { maxLength: 3 }).map((steps) =>
    steps.reduce<unknown>((object, { at, value }) => {
      const found = places(object).filter((path) => path.length > 0)
      const path = found[at % found.length]
      return path ? put(object, path, value) : object
    }, sample),
  )
