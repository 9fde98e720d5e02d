import { existsSync } from 'node:fs'
import type { Progress } from './progress.ts'
import { isInstalled, run } from './run.ts'

/** Commands a node is made of, and the Debian packages they come in. */
const packageOf: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  mount: 'mount',
}
const CNI_PACKAGE = 'containernetworking-plugins'
const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni']

const cniFolder = (): string | undefined => CNI_FOLDERS.find((folder) => existsSync(`${folder}/ptp`))

const missingPackages = async (): Promise<string[]> => {
  const missing = new Set<string>()
  for (const [command, name] of Object.entries(packageOf)) if (!(await isInstalled(command))) missing.add(name)
  if (!cniFolder()) missing.add(CNI_PACKAGE)
  return [...missing]
}

export const canHaveNode = (): boolean => process.platform === 'linux' && process.getuid?.() === 0

/** Makes sure a node can be made here, and gives the folder of the CNI plugins. Throws a sentence when it cannot. */
export const ensureNodePrerequisites = async (progress: Progress): Promise<{ readonly cniPlugins: string }> => {
  if (!canHaveNode())
    throw new Error(
      'A node needs root on Linux; run this as root, start without a node (--no-node), or name a cluster of yours with --context.',
    )
  const missing = await missingPackages()
  if (missing.length) {
    if (!(await isInstalled('apt-get')))
      throw new Error(`A node needs ${missing.join(', ')}; install them with this system's package manager.`)
    progress.step('install container tools')
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env })
    // The package lists may be old or absent; they are fetched only when the first try needs it.
    await install().catch(async () => {
      await run('apt-get', ['update', '-q'], { env })
      await install()
    })
    progress.done()
  }
  const cniPlugins = cniFolder()
  if (!cniPlugins) throw new Error(`A node needs the CNI plugin ptp in one of ${CNI_FOLDERS.join(', ')}; install it.`)
  return { cniPlugins }
}
