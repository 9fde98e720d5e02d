import { beforeEach, describe, expect, test } from 'vitest'
import type { Hint } from '../../shared/hint.ts'
import { createEventBridgeBus } from './event-bridge.ts'
import { createSqsBus } from './sqs.ts'

interface Sent {
  readonly command: string
  readonly input: { readonly Entries: readonly Record<string, unknown>[] }
}

let sent: Sent[]
let waits: number[]
let answers: ((entries: readonly Record<string, unknown>[]) => object)[]

beforeEach(() => {
  sent = []
  waits = []
  answers = []
})

const taken = (entries: readonly Record<string, unknown>[]) => ({
  Entries: entries.map((_, index) => ({ EventId: String(index) })),
  Successful: entries.map(({ Id }) => ({ Id })),
})

const publisher = (): ((hint: Hint) => Promise<void>) => {
  const send = async (command: { constructor: { name: string }; input: Sent['input'] }): Promise<object> => {
    sent.push({ command: command.constructor.name, input: command.input })
    return (answers.shift() ?? taken)(command.input.Entries)
  }
  const client = { send } as never
  const source = 'https://apiserver.example.com/'
  const clock = { now: () => new Date(0), sleep: async (milliseconds: number) => void waits.push(milliseconds) }
  const later = createSqsBus({ queues: client, queueUrl: 'https://sqs.example.com/1/q', source, clock })
  const bus = createEventBridgeBus({ events: client, busName: 'kubeopencode', source, clock, later })
  return (one) => bus.publish(one)
}
const hint = (name: string, afterSeconds?: number): Hint => ({
  key: { kind: 'Task', namespace: 'team', name },
  ...(afterSeconds !== undefined && { afterSeconds }),
})
const details = ({ input }: Sent): (string | undefined)[] =>
  input.Entries.map(({ Detail }) => (JSON.parse(String(Detail)) as { subject?: string }).subject)

describe('now', () => {
  test('is an event of the bus; a turn sends ten at a time', async () => {
    const publish = publisher()
    await Promise.all(Array.from({ length: 12 }, (_, index) => publish(hint(`t${index}`))))
    expect(sent.map(({ input }) => input.Entries.length)).toEqual([10, 2])
    expect(sent[0]?.input.Entries[0]).toMatchObject({
      EventBusName: 'kubeopencode',
      Source: 'kubeopencode.io',
      DetailType: 'io.kubeopencode.reconcile',
    })
  })

  test('what is refused is sent again, and nothing else is', async () => {
    const publish = publisher()
    answers.push(() => ({
      Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
    }))
    await Promise.all([publish(hint('a')), publish(hint('b'))])
    expect(sent.map(details)).toEqual([['Task/team/a', 'Task/team/b'], ['Task/team/b']])
    expect(waits).toEqual([100])
  })

  test('a bus that is away is asked four times, and then whoever published hears of it', async () => {
    const publish = publisher()
    const away = (): never => {
      throw new Error('connect ECONNREFUSED')
    }
    answers.push(away, away, away, away)
    await expect(publish(hint('a'))).rejects.toThrow('the hint for Task/team/a was not sent: connect ECONNREFUSED')
    expect(waits).toEqual([100, 200, 400])
  })
})

describe('later', () => {
  test('waits in the queue, never less than was asked for', async () => {
    await publisher()(hint('a', 1.2))
    expect(sent[0]).toMatchObject({ command: 'SendMessageBatchCommand', input: { Entries: [{ DelaySeconds: 2 }] } })
  })

  test('what is due after the next sweep is left to it', async () => {
    await publisher()(hint('a', 901))
    expect(sent).toEqual([])
  })

  test('what the queue refuses is sent again', async () => {
    answers.push(() => ({ Failed: [{ Id: '0', Code: 'InternalError' }] }))
    await publisher()(hint('a', 5))
    expect(sent).toHaveLength(2)
  })
})
