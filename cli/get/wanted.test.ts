import { describe, expect, test } from 'vitest'
import { kinds } from '../../crds/kinds.ts'
import { kindOf, namedKinds } from '../cluster/kinds.ts'
import { wantedOf } from './wanted.ts'

const shown = (words: readonly string[]): unknown => {
  try {
    return wantedOf(words).map(({ kind, names }) => [kind.kind, ...(names ?? [])].join(' '))
  } catch (error) {
    return (error as Error).message
  }
}

describe('wantedOf', () => {
  const cases = [
    { words: ['tasks'], want: ['Task'] },
    { words: ['Task', 'a', 'b'], want: ['Task a b'] },
    { words: ['tk,ag'], want: ['Task', 'Agent'] },
    { words: ['all'], want: ['Agent', 'Task', 'CronTask', 'AgentTemplate'] },
    { words: ['tasks.kubeopencode.io'], want: ['Task'] },
    { words: ['task/a', 'agent/b'], want: ['Task a', 'Agent b'] },
    { words: ['task/a', 'b'], want: '"b" is no KIND/NAME: give all of them in this form, such as task/fix-the-tests' },
    { words: ['agents,tasks', 'x'], want: 'names belong to one kind: say agent/x' },
    { words: ['pods'], want: '"pods" is no kind of KubeOpenCode: there are agents, tasks, crontasks, agenttemplates, kubeopencodeconfigs' },
    { words: ['agnets'], want: '"agnets" is no kind of KubeOpenCode: did you mean agents? There are agents, tasks, crontasks, agenttemplates, kubeopencodeconfigs' },
    { words: [], want: 'say what to get: agents, tasks, crontasks or agenttemplates' },
  ] // prettier-ignore
  test.each(cases)('$words', ({ words, want }) => expect(shown(words)).toEqual(want))
})

test('the words are those of the CRDs', () => {
  for (const { kind, plural, singular, shortNames } of kinds)
    expect(kindOf(plural)).toEqual({ kind, plural, words: [plural, singular, ...shortNames] })
  expect(namedKinds).toHaveLength(kinds.length)
})
