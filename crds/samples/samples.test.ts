import { describe, expect, test } from 'vitest'
import { kinds } from '../kinds.ts'
import { changes } from './changes.ts'
import { derived, fieldOf, placesOf, rulesOf, schemaOf, schemaPathsOf } from './derived.ts'
import { beyondCel, edgeSamples } from './edges.ts'
import { full } from './full.ts'
import { manifests } from './manifests.ts'

const table = Object.fromEntries(kinds.map((kind) => [kind.kind, kind.object]))

describe.each(kinds)('$kind', ({ kind, object }) => {
  test('takes the full samples', () => {
    for (const sample of full[kind]) expect(object.safeParse(sample).error?.issues ?? []).toEqual([])
  })

  test('has samples that set every field', () => {
    const set = new Set(full[kind].flatMap((sample) => placesOf(kind, sample)).map(({ schemaPath }) => schemaPath))
    const all = schemaPathsOf(schemaOf(kind)).filter((path) => /^\.(spec|status)/.test(path))
    expect(all.filter((path) => !set.has(path))).toEqual([])
  })
})

describe('a sample with one fault', () => {
  const bad = derived()

  test('there are many', () => expect(bad.length).toBeGreaterThan(1000))

  test.each(kinds)('breaks every rule and every enum of the generated schema of $kind', ({ kind }) => {
    const broken = new Set([
      ...bad.flatMap((sample) => (sample.kind === kind && sample.rule !== undefined ? [sample.rule] : [])),
      ...changes.flatMap((change) => (change.kind === kind && change.message !== undefined ? [change.message] : [])),
    ])
    expect(rulesOf(schemaOf(kind)).filter((rule) => !broken.has(rule))).toEqual([])
  })

  test('is refused by zod, at its field and with the message of CEL', () => {
    const wrong = bad.filter(({ kind, object, field, message }) => {
      const issues = table[kind]?.safeParse(object).error?.issues ?? []
      return !issues.some(
        (issue) => fieldOf(issue.path).startsWith(field) && (message === undefined || issue.message === message),
      )
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})

describe('input at the edge', () => {
  test.each([...edgeSamples, ...beyondCel])('$name', ({ kind, object, field }) => {
    const issues = table[kind]?.safeParse(object).error?.issues ?? []
    const fields = [...new Set(issues.map(({ path }) => fieldOf(path)))]
    expect(fields).toEqual(field === undefined ? [] : [field])
  })
})

test.each(manifests)('the guide: $kind $name', ({ kind, object }) => {
  expect(table[kind]?.safeParse(object).error?.issues ?? []).toEqual([])
})
