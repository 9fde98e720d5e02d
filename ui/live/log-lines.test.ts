import { expect, test } from 'vitest'
import { createTail, matcher, plainText } from './log-lines.ts'

const line = (text: string) => ({ container: 'agent', time: '2026-06-01T12:00:00Z', line: text })

test('the tail keeps the last lines and counts the others', () => {
  const tail = createTail(10)
  for (let count = 0; count < 1000; count += 1) tail.add(line(String(count)))
  const kept = tail.lines()
  expect(kept.at(-1)?.line).toBe('999')
  expect(kept.length).toBeLessThanOrEqual(11)
  expect(kept.length + tail.dropped()).toBe(1000)
})

test('colours, titles and cursors of a terminal are left out', () => {
  expect(plainText('\u001B[1;32mok\u001B[0m \u001B]0;title\u0007done\r')).toBe('ok done')
})

test('a search takes words in any order and any case', () => {
  const matches = matcher('TEST failed')
  expect([matches(line('3 failed tests')), matches(line('3 tests'))]).toEqual([true, false])
})

test('one container can be read alone', () => {
  const one = line('hello')
  expect([matcher('', one.container)(one), matcher('', 'git-init-0')(one), matcher('hello')(one)]).toEqual([
    true,
    false,
    true,
  ])
})
