import { expect, test } from 'vitest'
import type { Connection } from './rest.ts'
import { followLog } from './pod-log.ts'

const place = { namespace: 'demo', pod: 'work-pod', container: 'agent' }

/** Answers one request after another with these texts; a text that ends in `!` breaks there. */
const server = (...answers: string[]): { connection: Connection; asked: string[] } => {
  const asked: string[] = []
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url)
    const text = answers.shift() ?? ''
    return new Response(
      new ReadableStream({
        start: (control) => control.enqueue(new TextEncoder().encode(text.replace(/!$/, ''))),
        pull: (control) => (text.endsWith('!') ? control.error(new Error('broken')) : control.close()),
      }),
    )
  }
  return { connection: { server: 'https://apiserver', fetch, manager: 'test' }, asked }
}

test('shows each line once, without its time', async () => {
  const { connection } = server('2026-01-01T00:00:01.1Z one\n2026-01-01T00:00:01.2Z   two two\n')
  const lines: string[] = []
  await followLog(
    connection,
    place,
    () => true,
    (line) => lines.push(line),
  )
  expect(lines).toEqual(['one', '  two two'])
})

test('a stream that breaks goes on after its last line', async () => {
  const first = '2026-01-01T00:00:01.1Z one\n'
  const { connection, asked } = server(`${first}2026-01-01T00:0!`, `${first}2026-01-01T00:00:02.5Z two\n`)
  const lines: string[] = []
  await followLog(
    connection,
    place,
    () => asked.length === 2,
    (line) => lines.push(line),
  )
  expect(lines.filter((line) => line !== '')).toEqual(['one', 'two'])
  expect(asked[1]).toContain('sinceTime=2026-01-01T00%3A00%3A01Z')
})
