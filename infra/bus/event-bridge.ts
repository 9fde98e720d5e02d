import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { EventBus } from '../../shared/ports.ts'
import { hintType } from './cloud-event.ts'
import type { SenderOptions } from './sender.ts'
import { hintSender } from './sender.ts'

export interface EventBridgeOptions extends Pick<SenderOptions, 'source' | 'clock'> {
  readonly events: Pick<EventBridgeClient, 'send'>
  /** Name or ARN of the event bus. */
  readonly busName: string
  /** Takes the hints for later, which a bus of EventBridge cannot hold; without it the schedule alone knows of them. */
  readonly later?: EventBus
}

/** The service takes so many at once; ten of our longest hints are far below the bytes it takes. */
const batchSize = 10

/** `source` of our events, by which the rule of the bus knows them. */
export const eventSource = 'kubeopencode.io'

/**
 * The event bus on AWS: a hint for now is an EventBridge event, which a rule puts into the queue of the function; a hint
 * for later goes to `later`.
 */
export const createEventBridgeBus = ({ events, busName, source, later, clock }: EventBridgeOptions): EventBus => {
  const put: SenderOptions['put'] = async (batch) => {
    const Entries = batch.map((event) => ({
      EventBusName: busName,
      Source: eventSource,
      DetailType: hintType,
      Detail: JSON.stringify(event),
    }))
    const { Entries: answers = [] } = await events.send(new PutEventsCommand({ Entries }))
    return batch.map((_, index) => {
      const { EventId, ErrorCode, ErrorMessage } = answers[index] ?? {}
      return EventId === undefined
        ? `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? 'the bus did not take it'}`
        : undefined
    })
  }
  const send = hintSender({ batchSize, put, source, clock })
  return {
    publish: async (hint) => {
      if ((hint.afterSeconds ?? 0) > 0) await later?.publish(hint)
      else await send(hint)
    },
  }
}
