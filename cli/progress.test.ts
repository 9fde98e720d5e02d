import { expect, test } from 'vitest'
import { testIo } from '../test/builders/io.ts'
import { createProgress } from './progress.ts'

test('without a terminal nothing moves: each state is one line', () => {
  const io = testIo()
  const progress = createProgress(io)
  progress.state('waits at place 2', 'Task a')
  progress.state('waits at place 2', 'Task a')
  progress.line('a line')
  progress.state('is at work', 'Task a')
  progress.quiet()
  progress.end()
  expect(io.stderr()).toBe('waits at place 2\na line\nis at work\n')
})

test('on a terminal what is waited for stands at the bottom, and goes before anything else is written', () => {
  const io = testIo()
  const progress = createProgress({ ...io, isTerminal: { in: true, out: true, err: true } })
  progress.state('waits', 'Task a')
  progress.line('a line')
  progress.end()
  const screen = io.stderr()
  expect(screen).toMatch(/^waits\n\r\u001B\[K. Task a … 0 s\r\u001B\[Ka line\n\r\u001B\[K. Task a … 0 s\r\u001B\[K$/)
})

test('a question keeps the screen still', () => {
  const io = testIo()
  const progress = createProgress({ ...io, isTerminal: { in: true, out: true, err: true } })
  const release = progress.hold()
  progress.line('meanwhile')
  progress.around(() => void io.out.write('log\n'))
  expect(io.stderr() + io.stdout()).toBe('')
  release()
  expect([io.stderr(), io.stdout()]).toEqual(['meanwhile\n', 'log\n'])
  progress.end()
})
