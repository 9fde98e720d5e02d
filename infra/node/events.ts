import { createServer } from 'node:http'
import type { Clock, EventBus, Log } from '../../shared/ports.ts'
import { createHttpBus } from '../bus/http.ts'
import { createHttpSink } from '../bus/http-sink.ts'
import { ports } from '../generate/installation.ts'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

/** A broker has a few. */
const mostConnections = 200

const variable = 'KUBEOPENCODE_EVENTS_TO'

/** Address of the broker that hints go through, if they do. The sentence that it is none does not tell it: it may hold a secret. */
export const readEventsTo = (variables: Readonly<Record<string, string | undefined>>): string | undefined => {
  const to = variables[variable] || undefined
  if (to === undefined || (URL.canParse(to) && /^https?:$/.test(new URL(to).protocol))) return to
  throw new Error(`${variable} is no address; it must be the http or https URL of a broker, or not be set`)
}

export interface BrokerOptions {
  readonly to: string
  /** URI of the cluster. */
  readonly source: string
  /** Looks in this process: at what the broker delivers, and at what it does not take. */
  readonly own: EventBus
  readonly log: Log
  readonly clock: Clock
}

/** What webhooks publish to where hints go through a broker: while that is away this process looks itself. */
export const createBrokerBus = ({ to, source, own, log, clock }: BrokerOptions): EventBus => {
  const broker = createHttpBus({ sink: to, source, fetch, clock })
  let isAway = false
  const turned = (away: boolean, say: () => void): void => {
    if (isAway !== away) say()
    isAway = away
  }
  return {
    publish: async (hint) => {
      try {
        await broker.publish(hint)
        turned(false, () => log.warn('the broker takes hints again'))
      } catch (error) {
        turned(true, () =>
          log.error('the broker takes no hints; those of this process are looked at here', {
            error: (error as Error).message,
          }),
        )
        await own.publish(hint)
      }
    },
  }
}

/** Takes what the broker delivers, by POST to `/`. */
export const serveEvents = (own: EventBus, log: Log, port: number = ports.events): Promise<Listening> =>
  listen({
    fetch: createHttpSink({ deliver: (hint) => own.publish(hint), log }).fetch,
    port,
    mostConnections,
    createServer,
    serverOptions: { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 2_000 },
  })
