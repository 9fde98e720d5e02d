import { existsSync } from 'node:fs'
import { installPackages } from './packages.ts'
import type { Progress } from './progress.ts'
import { isInstalled } from './run.ts'

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
  await installPackages('A node', await missingPackages(), 'install container tools', progress)
  const cniPlugins = cniFolder()
  if (!cniPlugins) throw new Error(`A node needs the CNI plugin ptp in one of ${CNI_FOLDERS.join(', ')}; install it.`)
  return { cniPlugins }
}
