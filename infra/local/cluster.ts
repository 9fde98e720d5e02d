import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ensureBinaries } from './binaries.ts'
import { auditLog, controlPlanePrograms, restartApiserver, startControlPlane } from './control-plane.ts'
import { importImages } from './containerd.ts'
import { kubeconfigFile } from './kubeconfig.ts'
import { withLock } from './lock.ts'
import { createNetwork, ensureNetwork } from './network.ts'
import { nodePrograms, prepareNode, removeNode, startNode } from './node.ts'
import { freePort } from './ports.ts'
import { canHaveNode, ensureNodePrerequisites } from './prerequisites.ts'
import { stopAll } from './processes.ts'
import type { ProgramName } from './programs.ts'
import { type Progress, silent } from './progress.ts'
import { sandboxImage } from './sandbox.ts'
import { together } from './together.ts'
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
  /** No scheduler, and only the controllers of namespaces, ServiceAccounts and garbage: the caller plays the others. */
  readonly bare?: boolean
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
  stop(options?: StopOptions): Promise<void>
}

export type StopOptions = { readonly keepData?: boolean }

const decide = async (options: ClusterOptions, dir: string): Promise<Settings> => {
  const id = idOf(dir)
  const port = () => freePort('127.0.0.1')
  return {
    name: options.name ?? 'local',
    id,
    audit: options.audit ?? false,
    bare: options.bare ?? false,
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
    ...(options.node && { node: await createNetwork(id, options.outside ?? false) }),
  }
}

/** Sockets lie in the folder, and the kernel takes at most 107 bytes for the path of one. */
const LONGEST_FOLDER = 68

/** The folder is removed with the cluster, so it must never be one that holds something else. */
const refuseForeign = (dir: string): void => {
  const isOurs = readSettings(dir) !== undefined || readdirSync(dir).every((entry) => entry.startsWith('lock'))
  if (!isOurs) throw new Error(`${dir} holds other things than a cluster; name an empty or a new folder.`)
}

/**
 * Ends what runs of the cluster in `dir`, also after a start that was cut short, and removes the folder unless
 * `keepData`. Does nothing when there is none.
 */
export const removeCluster = async (folder: string, options: StopOptions = {}): Promise<void> => {
  const dir = resolve(folder)
  if (!existsSync(dir)) return
  refuseForeign(dir)
  await withLock(join(dir, 'lock'), () => end(dir, options))
  if (!options.keepData) rmSync(dir, { recursive: true, force: true })
}

const end = async (dir: string, { keepData = false }: StopOptions): Promise<void> => {
  const settings = readSettings(dir)
  // Nothing may restart what is ended next, so the kubelet goes with the rest before the containers do.
  await stopAll(dir, (name) => (keepData && name === 'etcd' ? 10 : 0))
  // A start that was cut short may have made the network before it could write down that there is a node.
  if (canHaveNode()) await removeNode(dir, idOf(dir))
  if (settings && !keepData) rmSync(settings.etcdDir, { recursive: true, force: true })
}

const handle = (dir: string, settings: Settings, paths: Readonly<Record<ProgramName, string>>): Cluster => ({
  name: settings.name,
  dir,
  url: apiserverUrl(settings),
  kubeconfig: kubeconfigFile(dir, 'admin'),
  kubectl: paths.kubectl,
  ...(settings.audit && { auditLog: auditLog(dir) }),
  hostAddress: controlPlaneAddress(settings),
  async loadImage(archive) {
    if (!settings.node)
      throw new Error(`The cluster ${settings.name} has no node to load images onto; start it with a node.`)
    await importImages(dir, archive)
  },
  restartApiserver: () => restartApiserver(dir, settings, paths),
  stop: (options = {}) => removeCluster(dir, options),
})

/** The cluster in `dir`, with what has died started again; undefined when there is none. */
export const openCluster = async (dir: string, progress: Progress = silent): Promise<Cluster | undefined> => {
  const settings = readSettings(resolve(dir))
  return settings && startCluster({ dir, node: settings.node !== undefined, progress })
}

/** Starts a cluster in `dir`, or continues the one that is there and starts again what has died. */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const dir = resolve(options.dir)
  const progress = options.progress ?? silent
  const before = readSettings(dir)?.node
  const hasNode = options.node || before !== undefined
  const prerequisites = hasNode ? await ensureNodePrerequisites(progress) : undefined
  const names = [...controlPlanePrograms, ...(hasNode ? nodePrograms : [])] as ProgramName[]
  const paths = await ensureBinaries(names, progress)
  const parts = prerequisites && {
    ...prerequisites,
    paths,
    sandbox: await sandboxImage(before?.outside ?? options.outside ?? false, progress),
  }
  if (parts && dir.length > LONGEST_FOLDER)
    throw new Error(`${dir} is too long for the sockets of a node; name a folder of at most ${LONGEST_FOLDER} letters.`)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  refuseForeign(dir)
  return withLock(join(dir, 'lock'), async () => {
    const settings = readSettings(dir) ?? (await decide(options, dir))
    if (options.node && !settings.node)
      throw new Error(`The cluster in ${dir} was made without a node; remove it first, or name another folder.`)
    writeSettings(dir, settings)
    const { node } = settings
    progress.step('start the control plane')
    if (node) await ensureNetwork(settings.id, node)
    await together(
      startControlPlane(dir, settings, paths),
      node && parts ? prepareNode(dir, settings, node, parts) : Promise.resolve(),
    )
    if (node && parts) {
      progress.step('start the node')
      await startNode(dir, settings, node, parts)
    }
    progress.done()
    return handle(dir, settings, paths)
  })
}
