import { describe, expect, test } from 'vitest'
import { testIo } from '../../test/builders/io.ts'
import { run } from '../program.ts'

const completed = async (...words: string[]): Promise<string[]> => {
  const io = testIo({ env: {} })
  expect(await run(['__complete', '--', ...words], io)).toBe(0)
  return io
    .stdout()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

describe('what may follow', () => {
  const cases = [
    { words: ['cro'], want: ['crontask'] },
    { words: ['task', ''], want: ['stop', 'logs', 'why', 'approve', 'deny', 'reply'] },
    { words: ['get', 'ta'], want: ['tasks'] },
    { words: ['get', 'al'], want: ['all'] },
    { words: ['get', 'tasks', '-o', 'w'], want: ['wide'] },
    { words: ['lint', '--str'], want: ['--strict'] },
    { words: ['lint', ''], want: [':files'] },
    { words: ['lint', '-f', 'man'], want: [':files'] },
    { words: ['run', 'x', '--on-interrupt', ''], want: ['ask', 'stop', 'leave'] },
    { words: ['completion', 'f'], want: ['fish'] },
    { words: ['get', 'tasks', '--name'], want: ['--namespace'] },
    { words: ['nonsense', ''], want: [] },
    // Who presses Tab is not told of a cluster that is not there.
    { words: ['--kubeconfig', '/nowhere', 'task', 'why', ''], want: [] },
    { words: ['--kubeconfig', '/nowhere', '--context', ''], want: [] },
  ]
  test.each(cases)('$words', async ({ words, want }) => {
    const found = await completed(...words)
    expect(found).toEqual(want)
  })
})

test.each(['bash', 'zsh', 'fish'])('the script of %s asks the program', async (shell) => {
  const io = testIo()
  expect(await run(['completion', shell], io)).toBe(0)
  expect(io.stdout()).toContain('kubeoc __complete --')
})
