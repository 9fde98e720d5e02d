import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Faults } from './target.ts'
import { noFaults } from './target.ts'

type Invoke = (event: Pick<SQSEvent, 'Records'>) => Promise<SQSBatchResponse>

interface Message {
  readonly id: string
  readonly body: string
  visibleAt: number
  receives: number
}

/** EventBridge with one rule, and the queue it feeds, as far as the SDK and a function can tell. */
export interface Aws {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string
  readonly events: () => number
  /** How often the function of the queue was called. */
  readonly invocations: () => number
  /** Messages that nobody could serve. */
  readonly dead: () => readonly string[]
  readonly misbehave: (faults: Faults) => void
  readonly close: () => Promise<void>
}

const batchSize = 10
const atOnce = 8
const visibilityMs = 2_000
const mostReceives = 5

export const startAws = async (invoke: Invoke): Promise<Aws> => {
  let faults = noFaults
  const queue = new Map<string, Message>()
  const dead: string[] = []
  const running = new Set<Promise<void>>()
  let events = 0
  let invocations = 0
  const stopped = new AbortController()
  const happens = (share: number): boolean => Math.random() < share

  const enqueue = (body: string, delayMs: number): void => {
    events += 1
    if (happens(faults.lost)) return
    const lateMs = happens(faults.late) ? Math.random() * 1000 : 0
    for (let copies = happens(faults.doubled) ? 2 : 1; copies > 0; copies -= 1) {
      const id = randomUUID()
      queue.set(id, { id, body, visibleAt: Date.now() + delayMs + lateMs, receives: 0 })
    }
  }

  const serve = async (messages: readonly Message[]): Promise<void> => {
    invocations += 1
    for (const message of messages) {
      message.visibleAt = Date.now() + visibilityMs
      message.receives += 1
    }
    const Records = messages.map(({ id, body, receives }) => ({
      messageId: id,
      receiptHandle: id,
      body,
      eventSource: 'aws:sqs',
      attributes: { ApproximateReceiveCount: String(receives) },
    }))
    const { batchItemFailures } = await invoke({ Records } as unknown as SQSEvent).catch(() => ({
      batchItemFailures: messages.map(({ id }) => ({ itemIdentifier: id })),
    }))
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { id, body, receives } of messages) {
      if (failed.has(id) && receives < mostReceives) continue
      if (failed.has(id)) dead.push(body)
      queue.delete(id)
    }
  }

  const pump = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      while (running.size < atOnce) {
        const due = [...queue.values()].filter(({ visibleAt }) => visibleAt <= Date.now()).slice(0, batchSize)
        if (due.length === 0) break
        const served = serve(due).finally(() => running.delete(served))
        running.add(served)
      }
      await sleep(5)
    }
  }

  interface PutEvents {
    readonly Entries: readonly { readonly Detail: string; readonly DetailType: string; readonly Source: string }[]
  }
  const putEvents = ({ Entries }: PutEvents): object => {
    const answers = Entries.map(({ Detail, DetailType, Source }) => {
      if (happens(faults.refused)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }
      const EventId = randomUUID()
      const event = { version: '0', id: EventId, 'detail-type': DetailType, source: Source, detail: JSON.parse(Detail) }
      enqueue(JSON.stringify(event), 0)
      return { EventId }
    })
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers }
  }

  interface SendMessageBatch {
    readonly Entries: readonly { readonly Id: string; readonly MessageBody: string; readonly DelaySeconds?: number }[]
  }
  const sendMessages = ({ Entries }: SendMessageBatch): object => ({
    Successful: Entries.map(({ Id, MessageBody, DelaySeconds = 0 }) => {
      enqueue(MessageBody, DelaySeconds * 1000)
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex')
      return { Id, MessageId: randomUUID(), MD5OfMessageBody }
    }),
    Failed: [],
  })

  interface ChangeVisibility {
    readonly Entries: readonly {
      readonly Id: string
      readonly ReceiptHandle: string
      readonly VisibilityTimeout: number
    }[]
  }
  const changeVisibility = ({ Entries }: ChangeVisibility): object => ({
    Successful: Entries.map(({ Id, ReceiptHandle, VisibilityTimeout }) => {
      const message = queue.get(ReceiptHandle)
      if (message) message.visibleAt = Date.now() + VisibilityTimeout * 1000
      return { Id }
    }),
    Failed: [],
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const input: unknown = JSON.parse(await text(request))
    const target = request.headers['x-amz-target']
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    if (target === 'AWSEvents.PutEvents') response.end(JSON.stringify(putEvents(input as PutEvents)))
    else if (target === 'AmazonSQS.SendMessageBatch')
      response.end(JSON.stringify(sendMessages(input as SendMessageBatch)))
    else if (target === 'AmazonSQS.ChangeMessageVisibilityBatch')
      response.end(JSON.stringify(changeVisibility(input as ChangeVisibility)))
    else response.writeHead(400).end(JSON.stringify({ __type: 'UnknownOperationException' }))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const pumping = pump()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: () => events,
    invocations: () => invocations,
    dead: () => dead,
    misbehave: (wanted) => (faults = wanted),
    close: async () => {
      stopped.abort()
      await pumping
      await Promise.all(running)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
