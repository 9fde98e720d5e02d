import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type * as miniflareModule from 'miniflare'
import { join } from 'node:path'
import { bundle } from '../../infra/build/bundle.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { installKinds, registerWebhooks, unregisterWebhooks } from '../../infra/node/install-dev.ts'
import type { Rig } from '../bench/rig.ts'
import { functionsAccount, functionsAccountUser } from './account.ts'
import type { Target } from './target.ts'
import { startWorkerd, workerdPids } from './workerd.ts'

/** workerd as miniflare starts it trusts what this variable names, which it reads when it is loaded: the apiserver's authority. */
const miniflareTrusting = async (ca: string): Promise<Pick<typeof miniflareModule, 'Miniflare'>> => {
  const file = join(mkdtempSync(join(tmpdir(), 'koc-workers-')), 'ca.crt')
  writeFileSync(file, ca)
  process.env['NODE_EXTRA_CA_CERTS'] = file
  return import('miniflare')
}

/** The bundled Worker in workerd, against the rig's apiserver, which calls it by HTTPS. */
export const startWorkers = async (rig: Rig): Promise<Target> => {
  await installKinds(rig.functions)
  const token = await functionsAccount(rig)
  const { Miniflare } = await miniflareTrusting(rig.ca)
  const certificates = await issue({ names: ['127.0.0.1'], now: new Date() })
  const secret = randomBytes(32).toString('hex')
  const [file = ''] = await bundle(['workers'])
  const workerd = await startWorkerd({
    Miniflare,
    file,
    certificates: certificates.serving,
    bindings: {
      APISERVER: rig.url,
      APISERVER_TOKEN: token,
      WEBHOOK_SECRET: secret,
      KUBEOPENCODE_LOG_LEVEL: 'error',
    },
  })
  const { port } = new URL(workerd.url)
  await registerWebhooks(rig.functions, `https://127.0.0.1:${port}/${secret}`, certificates.authority.certificate)
  let isScheduled = true
  const every = (milliseconds: number, cron: string) =>
    setInterval(() => {
      if (isScheduled) void workerd.scheduled(cron).catch(() => {})
    }, milliseconds)
  const timers = [every(3_000, '* * * * *'), every(5_000, '*/5 * * * *')]
  return {
    user: functionsAccountUser,
    misbehave: workerd.misbehave,
    events: async () => (await workerd.told()).events,
    invocations: async () => {
      const { fetch, queue } = (await workerd.told()).calls
      return { webhooks: fetch, queue }
    },
    schedule: async (isOn) => void (isScheduled = isOn),
    freeze: async () => {
      const pids = workerdPids()
      if (pids.length === 0) throw new Error('there is no workerd to freeze')
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
    },
    thaw: async () => {
      for (const pid of workerdPids()) process.kill(pid, 'SIGCONT')
    },
    dead: async () => (await workerd.told()).dead,
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await unregisterWebhooks(rig.functions)
      await workerd.close()
    },
  }
}
