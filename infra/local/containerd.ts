import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeWhole } from './files.ts'
import { processesNaming } from './process-list.ts'
import { onNode } from './network.ts'
import { proxies, startReady } from './processes.ts'
import { run } from './run.ts'
import type { SandboxImage } from './sandbox.ts'
import { addresses, type NodeSettings, type Settings } from './settings.ts'
import { until } from './until.ts'

const READY_SECONDS = 120

const folder = (dir: string): string => join(dir, 'containerd')
export const containerdSocket = (dir: string): string => join(folder(dir), 'containerd.sock')

const toml = (dir: string, cniPlugins: string, sandboxImage: string): string => {
  const text = JSON.stringify // a JSON string is a TOML string
  const at = (name: string): string => text(join(folder(dir), name))
  return `version = 2
root = ${at('root')}
state = ${at('state')}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]

[grpc]
  address = ${text(containerdSocket(dir))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${at('opt')}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(sandboxImage)}
  # Lowering a score needs a right (CAP_SYS_RESOURCE) that root in a container does not have.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(cniPlugins)}
    conf_dir = ${at('cni')}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = ${at('runc')}
`
}

const networkName = (id: string): string => `kubeopencode-${id}`

/**
 * Each Pod hangs on a cable of its own and is routed, so that Services need nothing of a bridge. Where nothing outside
 * may be reached a Pod has no way there either, and hears so from its own kernel at once, not from a packet on the way.
 */
const podNetwork = (dir: string, settings: Settings, node: NodeSettings) => ({
  cniVersion: '0.4.0',
  name: networkName(settings.id),
  plugins: [
    {
      type: 'ptp',
      ipMasq: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: addresses(node).pods }]],
        routes: [{ dst: node.outside ? '0.0.0.0/0' : addresses(node).all }],
        dataDir: join(folder(dir), 'addresses'),
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})

const ctr = (dir: string, ...args: string[]): Promise<string> =>
  run('ctr', ['--address', containerdSocket(dir), '--namespace', 'k8s.io', ...args])

/** Starts containerd on the node's network, with the image that every Pod needs. */
export const startContainerd = async (
  dir: string,
  settings: Settings,
  node: NodeSettings,
  wanted: { readonly cniPlugins: string; readonly sandbox: SandboxImage },
): Promise<void> => {
  mkdirSync(join(folder(dir), 'cni'), { recursive: true })
  writeWhole(join(folder(dir), 'cni', '10-pods.conflist'), JSON.stringify(podNetwork(dir, settings, node)))
  const config = join(folder(dir), 'config.toml')
  writeWhole(config, toml(dir, wanted.cniPlugins, wanted.sandbox.name))
  const [command, ...args] = onNode(settings.id, 'containerd', ['--config', config])
  const isReady = async () => (await ctr(dir, 'version')).length > 0
  await startReady(dir, { name: 'containerd', command, args, env: proxies() }, isReady, READY_SECONDS)
  if (wanted.sandbox.archive !== undefined) await importImages(dir, wanted.sandbox.archive)
}

/** Ends when the kubelet sees the images: containerd tells its Kubernetes side a moment after the import. */
export const importImages = async (dir: string, archive: string): Promise<void> => {
  if (!existsSync(archive)) throw new Error(`${archive} does not exist; name a docker-archive file of images.`)
  const said = await ctr(dir, 'images', 'import', archive)
  const names = [...said.matchAll(/^unpacking (\S+) /gm)].map(([, name]) => name)
  const isKnown = async (): Promise<true | undefined> => {
    const lines = (await ctr(dir, 'images', 'list')).split('\n')
    const line = (name: string | undefined) => lines.find((text) => text.startsWith(`${name} `)) ?? ''
    return names.every((name) => line(name).includes('io.cri-containerd.image=managed')) || undefined
  }
  if (!(await until(isKnown, { seconds: 60, everyMilliseconds: 50 })))
    throw new Error(
      `${names.join(', ')} did not become visible to the kubelet; see ${join(dir, 'log', 'containerd.log')}.`,
    )
}

const bundles = (dir: string): string[] => {
  const tasks = join(folder(dir), 'state', 'io.containerd.runtime.v2.task', 'k8s.io')
  return existsSync(tasks) ? readdirSync(tasks).map((name) => join(tasks, name)) : []
}

/**
 * What containerd leaves when it is ended: one small process per Pod, its socket, and the notes of the CNI library. A
 * start that was killed may also leave the `ctr` that asks whether containerd is ready.
 */
export const removeContainerdLeftovers = async (dir: string, id: string): Promise<void> => {
  const containers = bundles(dir).map((bundle) => basename(bundle))
  const sockets = bundles(dir).flatMap((bundle) => {
    const file = join(bundle, 'address')
    return existsSync(file) ? [readFileSync(file, 'utf8').trim().replace('unix://', '')] : []
  })
  const clients = processesNaming(containerdSocket(dir)).filter(({ command }) =>
    /^\S*(containerd-shim|ctr)/.test(command),
  )
  for (const { pid } of clients) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // ended by itself in between
    }
  }
  for (const socket of sockets) rmSync(socket, { force: true })
  const notes = '/var/lib/cni/results'
  const isOurs = (note: string): boolean =>
    note.startsWith(`${networkName(id)}-`) || containers.some((container) => note.includes(container))
  if (existsSync(notes))
    for (const note of readdirSync(notes).filter(isOurs)) rmSync(join(notes, note), { force: true })
}
