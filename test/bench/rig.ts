import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { ensureCertificates, tlsFiles } from '../../infra/local/certificates.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { cacheFolder } from '../../infra/local/binaries.ts'
import { durationsIn } from '../../infra/local/durations.ts'
import { kubeconfigFile, writeKubeconfig } from '../../infra/local/kubeconfig.ts'
import { pidOf } from '../../infra/local/processes.ts'
import { printed } from '../../infra/local/progress.ts'
import { pki, readSettings } from '../../infra/local/settings.ts'
import type { Cluster } from '../../shared/ports.ts'
import type { Audit } from './audit.ts'
import { openAudit } from './audit.ts'
import type { Client } from './client.ts'
import { createClient } from './client.ts'
import type { FunctionsProcess } from './functions-process.ts'
import { processorSecondsOf, startFunctions } from './functions-process.ts'

/** The user that the functions are to the apiserver; nobody else is. */
export const functionsUser = 'functions'
/** The user that makes Tasks. */
export const personUser = 'person'

/** A real apiserver, and everybody's way to it. */
export interface Rig {
  /** Makes Tasks and looks at what happens. */
  readonly person: Client
  /** Writes what a kubelet and a Deployment controller would. */
  readonly player: Client
  /** The functions' own way, for functions that run in this program. */
  readonly functions: Cluster
  readonly audit: Audit
  readonly url: string
  /** The apiserver's authority, PEM. */
  readonly ca: string
  /** The functions' own way, request by request. */
  readonly send: Send
  /** Of the functions' user. */
  readonly kubeconfig: string
  /** Processor time of apiserver and etcd so far; undefined where the system does not tell. */
  readonly processorSeconds: () => number | undefined
  readonly startFunctions: (sweepSeconds?: number) => Promise<FunctionsProcess>
  readonly close: () => Promise<void>
}

/** With `isProbed`, the functions can be asked for a profile of what they do. */
export const startRig = async ({ isProbed = false } = {}): Promise<Rig> => {
  const dir = mkdtempSync(join(tmpdir(), 'koc-bench-'))
  const progress = printed(durationsIn(cacheFolder()))
  const cluster = await startCluster({
    dir,
    node: false,
    bare: true,
    audit: true,
    tmpfs: true,
    name: 'bench',
    progress,
  })
  const clients: Client[] = []
  const running = new Set<FunctionsProcess>()
  const close = async (): Promise<void> => {
    await Promise.all([...running].map((functions) => functions.stop()))
    await Promise.all(clients.map((client) => client.close()))
    await cluster.stop()
  }
  try {
    const settings = readSettings(dir)
    if (!settings || cluster.auditLog === undefined) throw new Error(`the cluster in ${dir} has no settings`)
    const users = [personUser, 'player', functionsUser]
    await ensureCertificates(
      pki(dir),
      users.map((user) => ({ file: user, user, groups: ['system:masters'] })),
    )
    writeKubeconfig(dir, settings, functionsUser)
    const clientOf = (user: string): Client => {
      const client = createClient(cluster.url, tlsFiles(pki(dir), user))
      clients.push(client)
      return client
    }
    const functionsConnection = connect(
      await identify({ kubeconfig: kubeconfigFile(dir, functionsUser) }),
      'kubeopencode',
    )
    return {
      person: clientOf(personUser),
      player: clientOf('player'),
      functions: createCluster(functionsConnection),
      audit: openAudit(cluster.auditLog),
      url: cluster.url,
      ca: readFileSync(tlsFiles(pki(dir), personUser).ca, 'utf8'),
      send: sender(functionsConnection),
      kubeconfig: kubeconfigFile(dir, functionsUser),
      processorSeconds: () =>
        ['kube-apiserver', 'etcd']
          .map((name) => processorSecondsOf(pidOf(dir, name)))
          .reduce((one, other) => (one === undefined || other === undefined ? undefined : one + other)),
      startFunctions: async (sweepSeconds) => {
        const kubeconfig = kubeconfigFile(dir, functionsUser)
        const logFile = join(dir, 'log', 'functions.log')
        const functions = await startFunctions({ kubeconfig, logFile, sweepSeconds, isProbed })
        running.add(functions)
        return functions
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
