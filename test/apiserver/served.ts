import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tick } from '../../functions/schedule/tick.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import { createInProcessBus } from '../../infra/bus/in-process.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { connect, loadKubeConfig } from '../../infra/cluster/node.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { createGitSyncs } from '../../infra/cluster/git-syncs.ts'
import { createSessions } from '../../infra/cluster/sessions.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { installKinds, registerWebhooks } from '../../infra/node/install-dev.ts'
import { serveHttps } from '../../infra/node/serve.ts'
import type { Clock, Cluster, Log } from '../../shared/ports.ts'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import { testPasswords } from '../builders/passwords.ts'

/** A real control plane with the functions and webhooks of this process, whose clock can be put forward. */
export interface Served {
  /** As a person: what it writes is not counted. */
  readonly cluster: Cluster
  readonly send: Send
  readonly now: () => Date
  /** Folder of the cluster, and its administrator's kubeconfig. */
  readonly dir: string
  readonly kubeconfig: string
  /** A kubectl of its version. */
  readonly kubectl: string
  /** Makes it that time for the functions, and lets a tick ask for what is due then. */
  readonly passTo: (time: Date) => Promise<void>
  /** Writes of the functions so far. */
  readonly writes: () => number
  /** Polls; throws with what was last seen when it does not become true in time. */
  readonly until: <T>(read: () => Promise<T>, holds: (value: T) => boolean) => Promise<T>
  readonly close: () => Promise<void>
}

const patienceMs = 60_000
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const serve = async (name: string, apiserverFlags: readonly string[] = []): Promise<Served> => {
  const dir = mkdtempSync(join(tmpdir(), `kubeopencode-${name}-`))
  const local = await startCluster({ dir, node: false, tmpfs: true, name, apiserverFlags })
  const config = loadKubeConfig({ kubeconfig: local.kubeconfig })
  const connection = connect(config, 'kubeopencode')
  const cluster = createCluster(connection)
  const send = sender(connect(config, 'a-person'))
  let ahead = 0
  let writes = 0
  const clock: Clock = {
    now: () => new Date(Date.now() + ahead),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  }

  const rows = functionsTable(builtIn)
  const sessions = createSessions(sender(connection), testPasswords)
  const gitSyncs = createGitSyncs(sender(connection))
  const bus = createInProcessBus({
    log: quiet,
    deliver: async (hint) => {
      const row = rows.find(({ kind }) => kind === hint.key.kind)
      const outcome = await row?.deliver(hint, {
        cluster,
        sessions,
        gitSyncs,
        passwords: testPasswords,
        bus,
        clock,
        log: quiet,
      })
      writes += outcome?.writes ?? 0
      return outcome?.againSeconds
    },
  })
  await installKinds(cluster)
  const certificates = await issue({ names: ['127.0.0.1'], now: new Date() })
  const app = createApp(hooks, { bus, log: quiet, reader: cluster })
  const server = await serveHttps({ fetch: app.fetch, certificates: certificates.serving, port: 0 })
  await registerWebhooks(cluster, `https://127.0.0.1:${server.port}`, certificates.authority.certificate)

  return {
    cluster,
    send,
    dir,
    kubeconfig: local.kubeconfig,
    kubectl: local.kubectl,
    now: () => clock.now(),
    passTo: async (time) => {
      ahead += Math.max(0, time.getTime() - clock.now().getTime())
      await tick(rows, cluster, bus, clock.now())
    },
    writes: () => writes,
    until: async (read, holds) => {
      const deadline = performance.now() + patienceMs
      for (;;) {
        const value = await read()
        if (holds(value)) return value
        if (performance.now() > deadline)
          throw new Error(`this did not become true within ${patienceMs} ms: ${JSON.stringify(value, undefined, 2)}`)
        await clock.sleep(50)
      }
    },
    close: async () => {
      await bus.close()
      await server.close(0)
      await local.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
