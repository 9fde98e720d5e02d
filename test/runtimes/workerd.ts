import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as miniflareModule from 'miniflare'
import type { Faults } from './target.ts'

const compatibilityDate = '2026-07-01'

/** Of a Worker, as far as it is called from here; miniflare's own types need those of Cloudflare. */
interface Handlers {
  fetch(url: string, init?: { readonly method: string; readonly body: string }): Promise<{ json(): Promise<unknown> }>
  scheduled(event: { readonly cron: string }): Promise<unknown>
}

interface Told {
  /** Messages that nobody could serve. */
  readonly dead: number
  /** Messages that were given to the queue. */
  readonly events: number
  /** How often each handler was called. */
  readonly calls: { readonly fetch: number; readonly queue: number; readonly scheduled: number }
}

export interface Workerd {
  /** Where the Worker is served. */
  readonly url: string
  readonly told: () => Promise<Told>
  readonly misbehave: (faults: Faults) => Promise<void>
  readonly scheduled: (cron: string) => Promise<void>
  readonly close: () => Promise<void>
}

export interface WorkerdOptions {
  readonly Miniflare: typeof miniflareModule.Miniflare
  /** The bundled Worker. */
  readonly file: string
  readonly bindings: Readonly<Record<string, string>>
  /** Of the server; without it the Worker is served in clear text. */
  readonly certificates?: { readonly certificate: string; readonly key: string }
}

const script = (name: string) => ({
  type: 'ESModule' as const,
  path: name,
  contents: readFileSync(join(import.meta.dirname, name), 'utf8'),
})

/** workerd, which miniflare starts as a child of this program. */
export const workerdPids = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid.trim() !== '' && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'))
    .map(Number)

/** The bundled Worker in workerd, with miniflare's Queue, dead-letter queue and cron triggers, served on loopback. */
export const startWorkerd = async ({ Miniflare, file, bindings, certificates }: WorkerdOptions): Promise<Workerd> => {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    ...(certificates && { https: true, httpsCert: certificates.certificate, httpsKey: certificates.key }),
    workers: [
      {
        name: 'kubeopencode',
        compatibilityDate,
        modules: [script('counted.js'), { type: 'ESModule', path: 'main.mjs', contents: readFileSync(file, 'utf8') }],
        bindings,
        serviceBindings: { QUEUE: { name: 'faults', entrypoint: 'FaultyQueue' } },
        queueConsumers: {
          kubeopencode: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 5, deadLetterQueue: 'kubeopencode-dead' },
        },
      },
      {
        name: 'faults',
        compatibilityDate,
        modules: [script('faulty-queue.js')],
        serviceBindings: { CALLS: { name: 'kubeopencode', entrypoint: 'Calls' } },
        queueProducers: { REAL: 'kubeopencode' },
        queueConsumers: { 'kubeopencode-dead': { maxBatchTimeout: 0 } },
      },
    ],
  })
  const url = (await miniflare.ready).href
  const [functions, faulty] = (await Promise.all(
    ['kubeopencode', 'faults'].map((name) => miniflare.getWorker(name)),
  )) as unknown as readonly [Handlers, Handlers]
  return {
    url,
    told: async () => (await (await faulty.fetch('https://faults/')).json()) as Told,
    misbehave: async (faults) => {
      await faulty.fetch('https://faults/', { method: 'POST', body: JSON.stringify(faults) })
    },
    scheduled: async (cron) => void (await functions.scheduled({ cron })),
    close: () => miniflare.dispose(),
  }
}
