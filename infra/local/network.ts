import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { withLock } from './lock.ts'
import { run } from './run.ts'
import { addresses, type NodeSettings } from './settings.ts'

const FIRST_NETWORK = 200
const LAST_NETWORK = 249

/** Interface names hold 15 characters at most. */
const hostEnd = (id: string): string => `koc${id}`
const namespace = (id: string): string => `kubeopencode-${id}`
const namespaceFile = (id: string): string => join('/run/netns', namespace(id))

/** The command line that runs a program on the node's network; its view of the file system stays the machine's. */
export const onNode = (id: string, command: string, args: readonly string[]): readonly [string, ...string[]] => [
  'nsenter',
  `--net=${namespaceFile(id)}`,
  '--',
  command,
  ...args,
]

const inNode = (id: string, script: string): Promise<string> => {
  const [command, ...args] = onNode(id, 'sh', ['-ec', script])
  return run(command, args)
}

type Route = { readonly dst: string; readonly dev?: string }

const secondNumber = (destination: string): number | undefined => {
  const [, number] = /^10\.(\d+)\./.exec(destination) ?? []
  return number === undefined ? undefined : Number(number)
}

const freeNetwork = async (): Promise<number> => {
  const routes = JSON.parse(await run('ip', ['-json', 'route', 'show', 'table', 'all'])) as Route[]
  const used = new Set(routes.map(({ dst }) => secondNumber(dst)))
  for (let network = FIRST_NETWORK; network <= LAST_NETWORK; network++) if (!used.has(network)) return network
  throw new Error(
    `All networks from 10.${FIRST_NETWORK}.0.0/16 to 10.${LAST_NETWORK}.0.0/16 are in use; stop a cluster that is no longer needed.`,
  )
}

const isUp = async (id: string, settings: NodeSettings): Promise<boolean> =>
  existsSync(namespaceFile(id)) &&
  (await run('ip', ['-brief', 'address', 'show', 'dev', hostEnd(id)]).catch(() => '')).includes(
    `${addresses(settings).host}/`,
  )

/** A resolver on the machine's loopback is not there on the node; the cluster's DNS asks the real ones in its place. */
const outsideScript = (settings: NodeSettings): string => {
  const { host, node } = addresses(settings)
  const redirect = (protocol: string): string =>
    `iptables -t nat -A OUTPUT -d 127.0.0.0/8 -p ${protocol} --dport 53 -j DNAT --to-destination ${node}:53`
  return ['udp', 'tcp'].map(redirect).concat(`ip route add default via ${host}`).join('\n')
}

/** A cable between the machine and a network of the node's own; what happens in there is invisible to the machine. */
const lay = async (id: string, settings: NodeSettings): Promise<void> => {
  const { all, host, node } = addresses(settings)
  const cable = hostEnd(id)
  await run('ip', ['netns', 'add', namespace(id)])
  await run('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace(id)])
  await inNode(
    id,
    `ip link set lo up
     ip address add ${node}/30 dev eth0
     ip link set eth0 up
     echo 1 > /proc/sys/net/ipv4/ip_forward
     ${settings.outside ? outsideScript(settings) : ''}`,
  )
  await run('ip', ['address', 'add', `${host}/30`, 'dev', cable])
  await run('ip', ['link', 'set', cable, 'up'])
  await run('ip', ['route', 'add', all, 'via', node, 'dev', cable])
}

/** Rules of the machine's own firewall; each names the cluster, so that it is found again. */
const firewallRules = (id: string, settings: NodeSettings): string[][] => {
  const cable = hostEnd(id)
  const comment = ['-m', 'comment', '--comment', namespace(id)]
  return [
    ['filter', 'INPUT', '-i', cable, ...comment, '-j', 'ACCEPT'],
    ...(settings.outside
      ? [
          ['filter', 'FORWARD', '-i', cable, ...comment, '-j', 'ACCEPT'],
          ['filter', 'FORWARD', '-o', cable, ...comment, '-j', 'ACCEPT'],
          ['nat', 'POSTROUTING', '-s', addresses(settings).all, '!', '-o', cable, ...comment, '-j', 'MASQUERADE'],
        ]
      : []),
  ]
}

/** Without rules of its own a machine lets everything in, and then needs none of ours. */
const isOpen = async (): Promise<boolean> =>
  (await run('iptables', ['-S', 'INPUT']).catch(() => '')).trim() === '-P INPUT ACCEPT'

const openFirewall = async (id: string, settings: NodeSettings): Promise<void> => {
  if (!settings.outside && (await isOpen())) return
  for (const [table, chain, ...rule] of firewallRules(id, settings))
    if (table && chain)
      await run('iptables', ['-t', table, '-C', chain, ...rule]).catch(() =>
        run('iptables', ['-t', table, '-I', chain, '1', ...rule]),
      )
  if (settings.outside) await run('sh', ['-ec', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
}

/** Finds the rules by the name of the cluster in them, whatever they were made from. */
const closeFirewall = async (id: string): Promise<void> => {
  for (const table of ['filter', 'nat']) {
    const rules = (await run('iptables', ['-t', table, '-S']).catch(() => '')).split('\n')
    for (const rule of rules.filter((text) => text.startsWith('-A ') && text.includes(namespace(id))))
      await run('iptables', ['-t', table, '-D', ...rule.slice('-A '.length).split(' ')])
  }
}

/** Serializes the choice of networks on this machine; nothing else marks one as taken before its route stands. */
const withMachineLock = <Result>(work: () => Promise<Result>): Promise<Result> =>
  withLock(join(tmpdir(), 'kubeopencode-network.lock'), work)

/** Makes the network anew on a free range of addresses, and says which. */
export const createNetwork = (id: string, outside: boolean): Promise<NodeSettings> =>
  withMachineLock(async () => {
    await removeCable(id)
    const settings: NodeSettings = { network: await freeNetwork(), outside }
    await lay(id, settings)
    await openFirewall(id, settings)
    return settings
  })

/** Brings the network of a known cluster up again, after a crash or a restart of the machine. */
export const ensureNetwork = (id: string, settings: NodeSettings): Promise<void> =>
  withMachineLock(async () => {
    if (await isUp(id, settings)) return
    await removeCable(id)
    await lay(id, settings).catch((error: unknown) => {
      throw new Error(
        `The network ${addresses(settings).all} of this cluster cannot be made again (another one may use it now); remove the cluster with \`down\` and start a new one.`,
        { cause: error },
      )
    })
    await openFirewall(id, settings)
  })

const removeCable = async (id: string): Promise<void> => {
  await run('ip', ['link', 'delete', hostEnd(id)]).catch(() => '')
  if (existsSync(namespaceFile(id))) await run('ip', ['netns', 'delete', namespace(id)])
}

export const removeNetwork = async (id: string): Promise<void> => {
  await closeFirewall(id)
  await removeCable(id)
}
