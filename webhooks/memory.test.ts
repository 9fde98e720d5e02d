import { expect, test } from 'vitest'
import { agentSpec, stored } from './samples/reviews.ts'
import type { Facts } from './facts.ts'
import type { Question } from './findings.ts'
import { createMemory } from './memory.ts'
import { askAgent, askConfigMap, askSecurity } from './questions.ts'

const question = askAgent('spec.agentRef', 'a')
const told = (object: object | undefined, text = 'Agent a'): Facts => new Map([[text, object]]) as Facts
const there = told(stored('Agent', 'a', agentSpec))

/** How many questions are open `milliseconds` after `asked` was read, which took half a second. */
const openAfter = (milliseconds: number, facts: Facts, asked: Question = question, namespace = 'n'): number => {
  let now = 10_000
  const memory = createMemory(() => now)
  const { keep } = memory.open('n', [asked])
  now += 500
  keep(facts)
  now = 10_000 + milliseconds
  return memory.open(namespace, [asked]).questions.length
}

test.each([
  { when: 'is good a moment later', milliseconds: 999, open: 0 },
  { when: 'is asked about again a second after its read', milliseconds: 1_000, open: 1 },
  { when: 'is asked about again where the clock has gone back', milliseconds: -1, open: 1 },
])('an Agent of which there was nothing to say $when', ({ milliseconds, open }) =>
  expect(openAfter(milliseconds, there)).toBe(open),
)

test.each([
  { what: 'an Agent that is suspended', facts: told(stored('Agent', 'a', { ...agentSpec, suspend: true })) },
  { what: 'an Agent that does not exist', facts: told(undefined) },
  { what: 'an Agent that nobody told of in time', facts: told(undefined, 'Agent b') },
  { what: 'settings, which refuse', facts: told({}, 'KubeOpenCodeConfig cluster'), asked: askSecurity(() => []) },
  { what: 'a ConfigMap, which has many keys', facts: told({}, 'ConfigMap rules'), asked: askConfigMap('x', 'rules') },
])('asked about again: $what', ({ facts, asked }) => expect(openAfter(501, facts, asked)).toBe(1))

test('one of another namespace is another one', () => expect(openAfter(501, there, question, 'other')).toBe(1))

test('what is remembered is bounded', () => {
  const memory = createMemory(() => 0)
  const names = Array.from({ length: 3_500 }, (_, index) => `a${index}`)
  for (const name of names)
    memory.open('n', [askAgent('spec.agentRef', name)]).keep(told(stored('Agent', name, agentSpec), `Agent ${name}`))
  const { questions } = memory.open('n', names.map((name) => askAgent('spec.agentRef', name))) // prettier-ignore
  expect(names.length - questions.length).toBe(500)
})
