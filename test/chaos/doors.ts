import { setTimeout as sleep } from 'node:timers/promises'
import { issue } from '../../infra/certificates/issue.ts'
import { createKeeper } from '../../infra/certificates/keeper.ts'
import { registerWebhooks } from '../../infra/node/install-dev.ts'
import { serveHttps } from '../../infra/node/serve.ts'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { WEBHOOK_SECRET } from '../../infra/generate/installation.ts'
import type { Hint } from '../../shared/hint.ts'
import type { Ref } from '../../shared/kubernetes.ts'
import type { Clock, Cluster, Log } from '../../shared/ports.ts'
import { createApp } from '../../webhooks/app.ts'
import { mutatingName, validatingName } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'

const host = '127.0.0.1'
const slowMs = 1_500
const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs
/** An authority of this age is replaced. */
const ageMs = 7 * yearMs
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The webhooks of a run, in this process, and the troubles they may have. Each trouble is over when its promise is. */
export interface Doors {
  readonly down: (seconds: number) => Promise<void>
  readonly slow: (seconds: number) => Promise<void>
  readonly wrongCertificate: (seconds: number) => Promise<void>
  /** Replaces the authority that the apiserver trusts: the first time because it is old, then because it is lost. */
  readonly rotate: () => Promise<void>
  readonly close: () => Promise<void>
}

const secret: Ref<'Secret'> = { kind: 'Secret', namespace: SYSTEM_NAMESPACE, name: WEBHOOK_SECRET }

export const openDoors = async (cluster: Cluster, publish: (hint: Hint) => void): Promise<Doors> => {
  let behindMs = ageMs
  const clock: Clock = { now: () => new Date(Date.now() - behindMs), sleep: (milliseconds) => sleep(milliseconds) }
  const keep = createKeeper({
    cluster,
    clock,
    namespace: SYSTEM_NAMESPACE,
    names: [host],
    configurations: [
      { kind: 'MutatingWebhookConfiguration', name: mutatingName },
      { kind: 'ValidatingWebhookConfiguration', name: validatingName },
    ],
  })
  // The first authority is seven years old; what it signs now begins in the past, as its successor must be older than an hour.
  await keep()
  behindMs = 3 * hourMs
  let serving = await keep()
  let isSlow = false
  const app = createApp(hooks, { bus: { publish: async (hint) => publish(hint) }, log: quiet, reader: cluster })
  const open = (port: number) =>
    serveHttps({
      fetch: async (request) => {
        if (isSlow) await sleep(slowMs)
        return app.fetch(request)
      },
      certificates: serving,
      port,
      hostname: host,
    })
  let server = await open(0)
  const { port } = server
  await registerWebhooks(cluster, `https://${host}:${port}`, '')
  await keep()

  const insist = async <T>(act: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await act()
      } catch {
        await sleep(200)
      }
    }
  }
  const renew = async (): Promise<void> => {
    serving = await insist(keep)
    server.reload(serving)
  }

  return {
    down: async (seconds) => {
      await server.close(0)
      await sleep(seconds * 1000)
      server = await open(port)
    },
    slow: async (seconds) => {
      isSlow = true
      await sleep(seconds * 1000)
      isSlow = false
    },
    wrongCertificate: async (seconds) => {
      const { serving: wrong } = await issue({ names: [host], now: new Date() })
      server.reload(wrong)
      await sleep(seconds * 1000)
      server.reload(serving)
    },
    rotate: async () => {
      if (behindMs > 0) {
        for (const hours of [1.8, 0.6]) {
          behindMs = hours * hourMs
          await renew()
        }
        behindMs = 0
        return
      }
      // Once more: somebody has deleted the Secret, and everything is made anew.
      await insist(async () => {
        const found = await cluster.get(secret)
        if (found) await cluster.remove(secret, found.metadata?.uid ?? '')
      })
      await renew()
    },
    close: () => server.close(0),
  }
}
