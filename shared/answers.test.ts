import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerText, misfit, parseAnswer, shownText } from './answers.ts'

describe('parseAnswer', () => {
  const cases = [
    { text: 'approve per_1', want: { id: 'per_1', verdict: 'Approved' } },
    { text: ' always  per_1 ', want: { id: 'per_1', verdict: 'ApprovedAlways' } },
    { text: 'deny per_1', want: { id: 'per_1', verdict: 'Denied' } },
    { text: 'deny per_1 not on a Friday', want: { id: 'per_1', verdict: 'Denied', text: 'not on a Friday' } },
    { text: 'reply que_1 main\nyes', want: { id: 'que_1', verdict: 'Replied', text: 'main\nyes' } },
    { text: 'reply que_1', want: undefined },
    { text: 'approve', want: undefined },
    { text: 'approved per_1', want: undefined },
    { text: 'constructor per_1', want: undefined },
    { text: 'approve ../session', want: undefined },
    { text: `reply que_1 ${'x'.repeat(2001)}`, want: undefined },
    { text: '', want: undefined },
  ]
  test.each(cases)('$text', ({ text, want }) => expect(parseAnswer(text)).toEqual(want))

  test('what is written is read', () => {
    const verdict = fc.constantFrom('Approved' as const, 'ApprovedAlways' as const, 'Denied' as const)
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/), verdict, (id, one) => {
        expect(parseAnswer(answerText(id, { verdict: one }))).toEqual({ id, verdict: one })
        expect(parseAnswer(answerText(id, { verdict: 'Replied', text: id }))).toEqual({
          id,
          verdict: 'Replied',
          text: id,
        })
      }),
    )
  })
})

test('a permission is approved or denied, a question is answered or denied', () => {
  const permission = { kind: 'Permission', id: 'per_1' } as const
  const question = { kind: 'Question', id: 'que_1' } as const
  expect(misfit(permission, { verdict: 'Approved' })).toBeUndefined()
  expect(misfit(permission, { verdict: 'Replied', text: 'x' })).toMatch(/approve or deny/)
  expect(misfit(question, { verdict: 'ApprovedAlways' })).toMatch(/reply to it/)
  expect(misfit(question, { verdict: 'Denied' })).toBeUndefined()
})

describe('words of an agent', () => {
  test('lose what a terminal would act on, or a reader be misled by', () =>
    expect(shownText('bash: a\u001b[2J\tb\u202ec\u0000')).toBe('bash: a [2J b c'))

  test('are one line that shows where there were several', () =>
    expect(shownText('bash: ls\r\nrm -rf /\n')).toBe('bash: ls ⏎ rm -rf /'))

  test('are cut, which is said', () => {
    const shown = shownText(`rm ${'x'.repeat(5000)} -rf /`)
    expect(shown).toMatch(/… \(4009 more characters: read them in the session before you answer\)$/)
  })

  test('are bounded and plain, whatever they are', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
        const shown = shownText(text)
        expect(shown.length).toBeLessThanOrEqual(1200)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
    ))
})
