import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tick } from '../../functions/schedule/tick.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import { createInProcessBus } from '../../infra/bus/in-process.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { agentServers } from '../../infra/cluster/agent-servers.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { installKinds } from '../../infra/node/install-dev.ts'
import { serveHttps } from '../../infra/node/serve.ts'
import type { Clock, Cluster, Log } from '../../shared/ports.ts'
import { createApp } from '../../webhooks/app.ts'
import { mutatingConfiguration, validatingConfiguration } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { testPasswords } from '../builders/passwords.ts'
import { patientHooks } from '../builders/patient-hooks.ts'

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
  /** Waits until the functions have had nothing to do for a while: what was asked of them is done, and what comes of it. */
  readonly settled: () => Promise<void>
  /** Polls; throws with what was last seen when it does not become true in time. */
  readonly until: <T>(read: () => Promise<T>, holds: (value: T) => boolean) => Promise<T>
  readonly close: () => Promise<void>
}

const patienceMs = 180_000
/** Without a delivery for so long, nothing follows any more from what was. */
const restMs = 1_500
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const serve = async (name: string, apiserverFlags: readonly string[] = []): Promise<Served> => {
  const dir = mkdtempSync(join(tmpdir(), `kubeopencode-${name}-`))
  const local = await startCluster({ dir, node: false, tmpfs: true, name, apiserverFlags })
  const identity = await identify({ kubeconfig: local.kubeconfig })
  const connection = connect(identity, 'kubeopencode')
  const cluster = createCluster(connection)
  const send = sender(connect(identity, 'a-person'))
  let ahead = 0
  let writes = 0
  let underWay = 0
  let restedSince = performance.now()
  const clock: Clock = {
    now: () => new Date(Date.now() + ahead),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  }

  const rows = functionsTable(builtIn)
  const servers = agentServers(connection, testPasswords)
  const bus = createInProcessBus({
    log: quiet,
    deliver: async (hint) => {
      const row = rows.find(({ kind }) => kind === hint.key.kind)
      underWay += 1
      try {
        const outcome = await row?.deliver(hint, {
          cluster,
          ...servers,
          bus,
          clock,
          log: quiet,
        })
        writes += outcome?.writes ?? 0
        return outcome?.againSeconds
      } finally {
        underWay -= 1
        restedSince = performance.now()
      }
    },
  })
  await installKinds(cluster)
  const certificates = await issue({ names: ['127.0.0.1'], now: new Date() })
  const app = createApp(hooks, { bus, log: quiet, reader: cluster })
  const server = await serveHttps({ fetch: app.fetch, certificates: certificates.serving, port: 0 })
  const caBundle = certificates.authority.certificate
  const options = { reach: { url: `https://127.0.0.1:${server.port}` }, caBundle }
  await cluster.apply(mutatingConfiguration(patientHooks, options))
  await cluster.apply(validatingConfiguration(patientHooks, options))

  const until: Served['until'] = async (read, holds) => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const value = await read()
      if (holds(value)) return value
      if (performance.now() > deadline)
        throw new Error(`this did not become true within ${patienceMs} ms: ${JSON.stringify(value, undefined, 2)}`)
      await clock.sleep(50)
    }
  }

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
    settled: async () => {
      const asked = performance.now()
      await until(
        async () => (underWay > 0 ? 0 : performance.now() - Math.max(restedSince, asked)),
        (restedMs) => restedMs >= restMs,
      )
    },
    until,
    close: async () => {
      await bus.close()
      await server.close(0)
      await local.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
