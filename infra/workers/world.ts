import { jsonLog } from '../log.ts'
import { clock } from '../clock.ts'
import type { Kept, World } from '../serverless/world.ts'
import { worldOver } from '../serverless/world.ts'
import type { Standing } from '../traces/exporter.ts'
import { exporterFrom } from '../traces/from-environment.ts'
import type { Bindings, Fetcher } from './bindings.ts'
import { environmentOf, needed, variablesOf } from './bindings.ts'
import type { Queue } from './bus.ts'
import { createQueueBus } from './bus.ts'

/** What an isolate knows of its apiserver. No promise is among it: what one call waits for, another one may not. */
const kept: Kept = {}

/** And of the collector of its spans. */
const standing: Standing = {}

/**
 * From the bindings in wrangler.jsonc and the secrets beside it: APISERVER, APISERVER_TOKEN, QUEUE, where the apiserver is behind a
 * tunnel CLUSTER, and the variables of the container. It is made for each call, which alone may use what it opened.
 */
export const createWorld = (bindings: Bindings): World => {
  const environment = environmentOf(bindings)
  const server = needed(bindings, 'APISERVER').replace(/\/$/, '')
  const token = needed(bindings, 'APISERVER_TOKEN')
  const { QUEUE, CLUSTER } = bindings as { readonly QUEUE?: Queue; readonly CLUSTER?: Fetcher }
  if (!QUEUE) throw new Error('QUEUE is not bound to a Queue; infra/workers/wrangler.jsonc binds it')
  const log = jsonLog((line) => console.log(line), environment.logLevel)
  return worldOver({
    connection: {
      server,
      manager: 'kubeopencode',
      headers: async () => ({ authorization: `Bearer ${token}` }),
      fetch: (url, init) => (CLUSTER ? CLUSTER.fetch(url, init) : fetch(url, init)),
    },
    environment,
    bus: createQueueBus({ queue: QUEUE, source: `${server}/`, clock }),
    log,
    kept,
    traces: exporterFrom(variablesOf(bindings), { log, standing }),
  })
}
