import { expect, test } from 'vitest'
import { agentSpec, stored } from './samples/reviews.ts'
import type { Facts } from './facts.ts'
import type { Question } from './findings.ts'
import { createMemory } from './memory.ts'
import { askAgent, askConfigMap, askSecurity } from './questions.ts'

const question = askAgent('spec.agentRef', 'a')
const told = (object: object | undefined, text = 'Agent a'): Facts => new Map([[text, object]]) as Facts
const there = told(stored('Agent', 'a', agentSpec))

/** How many questions are open `milliseconds` after `asked` were answered by `facts`. */
const openAfter = (milliseconds: number, facts: Facts, asked: Question = question, namespace = 'n'): number => {
  let now = 0
  const memory = createMemory(() => now)
  memory.keep('n', [asked], facts)
  now = milliseconds
  return memory.open(namespace, [asked]).length
}

test('an Agent of which there is nothing to say is not asked about again for a second', () => {
  expect(openAfter(999, there)).toBe(0)
  expect(openAfter(1_000, there)).toBe(1)
})

test.each([
  { what: 'that is suspended', facts: told(stored('Agent', 'a', { ...agentSpec, suspend: true })) },
  { what: 'that does not exist', facts: told(undefined) },
  { what: 'that nobody told of in time', facts: told(undefined, 'Agent b') },
])('an Agent $what is asked about again', ({ facts }) => expect(openAfter(0, facts)).toBe(1))

test('one of another namespace is another one', () => expect(openAfter(0, there, question, 'other')).toBe(1))

test.each([
  { what: 'settings, which refuse', asked: askSecurity(() => []), text: 'KubeOpenCodeConfig cluster' },
  { what: 'a ConfigMap, which is asked for one key and another', asked: askConfigMap('x', 'rules'), text: 'ConfigMap rules' },
])('$what, is asked about again', ({ asked, text }) => expect(openAfter(0, told({}, text), asked)).toBe(1)) // prettier-ignore

test('what is remembered is bounded', () => {
  const memory = createMemory(() => 0)
  const names = Array.from({ length: 3_000 }, (_, index) => `a${index}`)
  const questions = names.map((name) => askAgent('spec.agentRef', name))
  for (const [index, one] of questions.entries())
    memory.keep('n', [one], told(stored('Agent', 'a', agentSpec), `Agent ${names[index]}`))
  expect(questions.length - memory.open('n', questions).length).toBeLessThanOrEqual(1_000)
})
