import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ensureBinaries } from './binaries.ts'
import { auditLog, controlPlanePrograms, restartApiserver, startControlPlane } from './control-plane.ts'
import { kubeconfigFile } from './kubeconfig.ts'
import { withLock } from './lock.ts'
import { freePort } from './ports.ts'
import { recorded, stop } from './processes.ts'
import { type Progress, silent } from './progress.ts'
import { apiserverUrl, controlPlaneAddress, idOf, readSettings, type Settings, writeSettings } from './settings.ts'

export type ClusterOptions = {
  /** Everything the cluster keeps is in this folder. A cluster that is already there is continued. */
  readonly dir: string
  /** A real node with containers (root on Linux); without it only the control plane. */
  readonly node: boolean
  readonly name?: string
  /** Writes every request to `auditLog` (level Metadata, one JSON object a line). */
  readonly audit?: boolean
  /** Keeps the data in memory: faster, and gone with the machine. */
  readonly tmpfs?: boolean
  /** Pods may reach what this machine reaches, and look names up where it does. */
  readonly outside?: boolean
  readonly apiserverFlags?: readonly string[]
  /** Admission plugins beyond the default ones, such as OwnerReferencesPermissionEnforcement. */
  readonly admissionPlugins?: readonly string[]
  readonly progress?: Progress
}

export type Cluster = {
  readonly name: string
  readonly dir: string
  readonly url: string
  /** Paths of the administrator's kubeconfig and of a kubectl of the same version. */
  readonly kubeconfig: string
  readonly kubectl: string
  readonly auditLog?: string
  /** The address under which Pods reach programs of this machine (listen on it or on all addresses). */
  readonly hostAddress: string
  /** Brings the images of a docker-archive file onto the node. */
  loadImage(archivePath: string): Promise<void>
  restartApiserver(): Promise<void>
  /** Ends everything; removes the folder unless `keepData`, with which a later start continues. */
  stop(options?: { readonly keepData?: boolean }): Promise<void>
}

const decide = async (options: ClusterOptions, dir: string): Promise<Settings> => {
  const id = idOf(dir)
  const port = () => freePort('127.0.0.1')
  return {
    name: options.name ?? 'local',
    id,
    audit: options.audit ?? false,
    apiserverFlags: options.apiserverFlags ?? [],
    admissionPlugins: options.admissionPlugins ?? [],
    etcdDir: options.tmpfs && existsSync('/dev/shm') ? `/dev/shm/kubeopencode-${id}` : join(dir, 'etcd'),
    ports: {
      apiserver: await port(),
      etcd: await port(),
      etcdPeer: await port(),
      controllerManager: await port(),
      scheduler: await port(),
    },
  }
}

const stopCluster = async (dir: string, { keepData = false }: { readonly keepData?: boolean }): Promise<void> => {
  const settings = readSettings(dir)
  await Promise.all(recorded(dir).map((name) => stop(dir, name, keepData && name === 'etcd' ? 10 : 0)))
  if (keepData) return
  if (settings) rmSync(settings.etcdDir, { recursive: true, force: true })
  rmSync(dir, { recursive: true, force: true })
}

const handle = async (dir: string, settings: Settings, progress: Progress): Promise<Cluster> => {
  const paths = await ensureBinaries(controlPlanePrograms, progress)
  return {
    name: settings.name,
    dir,
    url: apiserverUrl(settings),
    kubeconfig: kubeconfigFile(dir, 'admin'),
    kubectl: paths.kubectl,
    ...(settings.audit && { auditLog: auditLog(dir) }),
    hostAddress: controlPlaneAddress(settings),
    loadImage: async () => {
      throw new Error(`The cluster ${settings.name} has no node to load images onto; start it with a node.`)
    },
    restartApiserver: () => restartApiserver(dir, settings, paths),
    stop: (options = {}) => stopCluster(dir, options),
  }
}

/** The cluster in `dir`, with what has died started again; undefined when there is none. */
export const openCluster = async (dir: string, progress: Progress = silent): Promise<Cluster | undefined> => {
  const settings = readSettings(resolve(dir))
  return settings && startCluster({ dir, node: settings.node !== undefined, progress })
}

/** Starts a cluster in `dir`, or continues the one that is there and starts again what has died. */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const dir = resolve(options.dir)
  const progress = options.progress ?? silent
  const paths = await ensureBinaries(controlPlanePrograms, progress)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return withLock(join(dir, 'lock'), async () => {
    const settings = readSettings(dir) ?? (await decide(options, dir))
    writeSettings(dir, settings)
    progress.step('start the control plane')
    await startControlPlane(dir, settings, paths)
    progress.done()
    return handle(dir, settings, progress)
  })
}
