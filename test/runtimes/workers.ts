import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type * as miniflareModule from 'miniflare'
import { join } from 'node:path'
import { bundle } from '../../infra/build/bundle.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { installKinds, registerWebhooks, unregisterWebhooks } from '../../infra/node/install-dev.ts'
import type { Rig } from '../bench/rig.ts'
import { functionsAccount, functionsAccountUser } from './account.ts'
import type { Faults, Target } from './target.ts'

const compatibilityDate = '2026-07-01'

/** Of a Worker, as far as it is called from here; miniflare's own types need those of Cloudflare. */
interface Handlers {
  fetch(url: string, init?: { readonly method: string; readonly body: string }): Promise<{ json(): Promise<unknown> }>
  scheduled(event: { readonly cron: string }): Promise<unknown>
}

/** workerd as miniflare starts it trusts what this variable names, which it reads when it is loaded: the apiserver's authority. */
const miniflareTrusting = async (ca: string): Promise<Pick<typeof miniflareModule, 'Miniflare'>> => {
  const file = join(mkdtempSync(join(tmpdir(), 'koc-workers-')), 'ca.crt')
  writeFileSync(file, ca)
  process.env['NODE_EXTRA_CA_CERTS'] = file
  return import('miniflare')
}

/** workerd, which miniflare starts as a child of this program. */
const workerdPids = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid.trim() !== '' && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'))
    .map(Number)

/** The bundled Worker in workerd, with miniflare's Queue, dead-letter queue and cron triggers, served by HTTPS. */
export const startWorkers = async (rig: Rig): Promise<Target> => {
  await installKinds(rig.functions)
  const token = await functionsAccount(rig)
  const [worker = ''] = await bundle(['workers'])
  const { Miniflare } = await miniflareTrusting(rig.ca)
  const certificates = await issue({ names: ['127.0.0.1'], now: new Date() })
  const secret = randomBytes(32).toString('hex')
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    https: true,
    httpsCert: certificates.serving.certificate,
    httpsKey: certificates.serving.key,
    workers: [
      {
        name: 'kubeopencode',
        compatibilityDate,
        modules: [{ type: 'ESModule', path: 'main.mjs', contents: readFileSync(worker, 'utf8') }],
        bindings: {
          APISERVER: rig.url,
          APISERVER_TOKEN: token,
          WEBHOOK_SECRET: secret,
          KUBEOPENCODE_LOG_LEVEL: 'error',
        },
        serviceBindings: { QUEUE: { name: 'faults', entrypoint: 'FaultyQueue' } },
        queueConsumers: {
          kubeopencode: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 5, deadLetterQueue: 'kubeopencode-dead' },
        },
      },
      {
        name: 'faults',
        compatibilityDate,
        modules: [
          {
            type: 'ESModule',
            path: 'faulty-queue.js',
            contents: readFileSync(join(import.meta.dirname, 'faulty-queue.js'), 'utf8'),
          },
        ],
        queueProducers: { REAL: 'kubeopencode' },
        queueConsumers: { 'kubeopencode-dead': { maxBatchTimeout: 0 } },
      },
    ],
  })
  const { port } = await miniflare.ready
  await registerWebhooks(rig.functions, `https://127.0.0.1:${port}/${secret}`, certificates.authority.certificate)
  const [functions, faulty] = (await Promise.all(
    ['kubeopencode', 'faults'].map((name) => miniflare.getWorker(name)),
  )) as unknown as readonly [Handlers, Handlers]
  let isScheduled = true
  const every = (milliseconds: number, cron: string) =>
    setInterval(() => {
      if (isScheduled) void functions.scheduled({ cron }).catch(() => {})
    }, milliseconds)
  const timers = [every(3_000, '* * * * *'), every(5_000, '*/5 * * * *')]
  const told = async () =>
    (await (await faulty.fetch('https://faults/')).json()) as { readonly dead: number; readonly events: number }
  return {
    user: functionsAccountUser,
    misbehave: async (faults: Faults) => {
      await faulty.fetch('https://faults/', { method: 'POST', body: JSON.stringify(faults) })
    },
    events: async () => (await told()).events,
    schedule: async (isOn) => void (isScheduled = isOn),
    freeze: async () => {
      const pids = workerdPids()
      if (pids.length === 0) throw new Error('there is no workerd to freeze')
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
    },
    thaw: async () => {
      for (const pid of workerdPids()) process.kill(pid, 'SIGCONT')
    },
    dead: async () => (await told()).dead,
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await unregisterWebhooks(rig.functions)
      await miniflare.dispose()
    },
  }
}
