import { afterEach, expect, test, vi } from 'vitest'
import { followLog, wholeLog } from './log-stream.ts'

afterEach(() => void vi.unstubAllGlobals())

const line = (text: string) => ({ container: 'agent', time: '2026-06-01T12:00:00Z', line: text })

/** A server that says these events, and then hangs up. */
const server = (...events: readonly (readonly [string, object])[]): void => {
  const text = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  vi.stubGlobal('fetch', async () => new Response(text))
}

const followed = async () => {
  const told: (readonly [string, string | undefined])[] = []
  const ended = new Promise<void>((resolve) => {
    followLog('team', 'fix', 100, {
      onLine: (one) => told.push(['line', one.line]),
      onProblem: (text) => told.push(['problem', text]),
      onEnd: (note) => {
        told.push(['end', note])
        resolve()
      },
    })
  })
  await ended
  return told
}

test('what the API says of a log that it cannot read just now stands until the log goes on', async () => {
  server(
    ['log', line('one')],
    ['interrupted', { container: 'agent', message: 'the log of container agent cannot be read just now' }],
    ['log', line('two')],
    ['complete', { phase: 'Completed' }],
  )
  expect(await followed()).toEqual([
    ['line', 'one'],
    ['problem', 'The log of container agent cannot be read just now.'],
    ['problem', undefined],
    ['line', 'two'],
    ['end', undefined],
  ])
})

test('a log of which the rest is lost ends with the words of the API', async () => {
  server(['log', line('one')], ['complete', { note: 'the rest of the log of container agent is lost: no such pod' }])
  expect((await followed()).at(-1)).toEqual(['end', 'The rest of the log of container agent is lost: no such pod.'])
})

test('a saved log says what is missing, and one that was cut is not saved', async () => {
  const events = [
    ['log', line('one')],
    ['complete', { note: 'the rest is lost' }],
  ] as const
  server(...events)
  expect(await (await wholeLog('team', 'fix')).text()).toBe('2026-06-01T12:00:00Z agent one\nThe rest is lost.\n')
  server(events[0])
  await expect(wholeLog('team', 'fix')).rejects.toThrow('The log was cut before its end')
})
