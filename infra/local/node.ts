import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Api, connect } from './api.ts'
import { ensureCertificates, type Identity, tlsFiles } from './certificates.ts'
import { cgroupName, createCgroup, removeCgroup } from './cgroup.ts'
import { containerdSocket, removeContainerdLeftovers, startContainerd } from './containerd.ts'
import { applyDnsObjects, DNS_USER, startDns } from './dns.ts'
import { writeWhole } from './files.ts'
import { kubeconfigFile, writeKubeconfig } from './kubeconfig.ts'
import { unmountAll } from './mounts.ts'
import { onNode, removeNetwork } from './network.ts'
import { answersWell, isRunning, type Program, startReady } from './processes.ts'
import type { ProgramName } from './programs.ts'
import type { SandboxImage } from './sandbox.ts'
import { addresses, type NodeSettings, pki, type Settings } from './settings.ts'
import { applyStorageObjects, startStorage, STORAGE_USER } from './storage.ts'
import { together } from './together.ts'

export const nodePrograms = ['kubelet', 'kube-proxy', 'coredns'] as const satisfies ProgramName[]

export type NodeParts = {
  readonly paths: Readonly<Record<(typeof nodePrograms)[number], string>>
  readonly cniPlugins: string
  readonly sandbox: SandboxImage
}

const NODE_NAME = 'node'
const READY_SECONDS = 120

const identities = (node: NodeSettings): Identity[] => [
  {
    file: 'kubelet',
    user: `system:node:${NODE_NAME}`,
    groups: ['system:nodes'],
    hosts: [addresses(node).node, NODE_NAME],
  },
  { file: 'kube-proxy', user: 'system:kube-proxy' },
  { file: 'dns', user: DNS_USER },
  { file: 'storage', user: STORAGE_USER },
]

const kubeletConfiguration = (dir: string, { id }: Settings, node: NodeSettings) => {
  const { ca, certificate, key } = tlsFiles(pki(dir), 'kubelet')
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: addresses(node).node,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: ca } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificate,
    tlsPrivateKeyFile: key,
    containerRuntimeEndpoint: `unix://${containerdSocket(dir)}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupName(id),
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    podLogsDir: join(dir, 'pods'),
    clusterDomain: 'cluster.local',
    clusterDNS: [addresses(node).dnsService],
    resolvConf: '',
    maxPods: 250,
    // Somebody waits for what happens here: look often and speak at once.
    syncFrequency: '5s',
    nodeStatusUpdateFrequency: '5s',
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    eventRecordQPS: 0,
    serializeImagePulls: false,
    // The disk is the user's own and may well be full; images cannot be fetched again, so none is thrown away.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
  }
}

const proxyConfiguration = (dir: string, node: NodeSettings) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  clientConnection: { kubeconfig: kubeconfigFile(dir, 'kube-proxy'), qps: 200, burst: 400 },
  clusterCIDR: addresses(node).pods,
  hostnameOverride: NODE_NAME,
  oomScoreAdj: 0,
  iptables: { minSyncPeriod: '100ms' },
  // Limits of connection tracking belong to the whole machine and are not ours to set.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
})

const kubelet = (dir: string, settings: Settings, node: NodeSettings, path: string): Program => {
  const config = join(dir, 'kubelet.json')
  writeWhole(config, JSON.stringify(kubeletConfiguration(dir, settings, node), undefined, 2))
  const [command, ...args] = onNode(settings.id, path, [
    `--config=${config}`,
    `--kubeconfig=${kubeconfigFile(dir, 'kubelet')}`,
    `--root-dir=${join(dir, 'kubelet')}`,
    `--cert-dir=${pki(dir)}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${addresses(node).node}`,
  ])
  return { name: 'kubelet', command, args }
}

const proxy = (dir: string, settings: Settings, node: NodeSettings, path: string): Program => {
  const config = join(dir, 'kube-proxy.json')
  writeWhole(config, JSON.stringify(proxyConfiguration(dir, node), undefined, 2))
  const [command, ...args] = onNode(settings.id, path, [`--config=${config}`])
  return { name: 'kube-proxy', command, args }
}

type Condition = { readonly type: string; readonly status: string; readonly lastHeartbeatTime: string }

type NodeStatus = {
  readonly spec?: { readonly taints?: readonly unknown[] }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** What the kubelet of an earlier start has reported does not count. */
const isReady = async (api: Api, startedAt: Date): Promise<boolean> => {
  const { status, text } = await api.call('GET', `/api/v1/nodes/${NODE_NAME}`)
  if (status !== 200) return false
  const seen = JSON.parse(text) as NodeStatus
  const wholeSecond = Math.floor(startedAt.getTime() / 1000) * 1000
  const isUp = ({ type, status: state, lastHeartbeatTime }: Condition): boolean =>
    type === 'Ready' && state === 'True' && Date.parse(lastHeartbeatTime) >= wholeSecond
  return (seen.status?.conditions?.some(isUp) ?? false) && !seen.spec?.taints?.length
}

/** What of the node needs no apiserver, so that it starts while that does. */
export const prepareNode = async (dir: string, settings: Settings, node: NodeSettings, parts: NodeParts) => {
  createCgroup(settings.id)
  await startContainerd(dir, settings, node, parts)
}

/** Starts what does not run yet. Ends when a Pod made now would be run. */
export const startNode = async (dir: string, settings: Settings, node: NodeSettings, parts: NodeParts) => {
  await ensureCertificates(pki(dir), identities(node))
  for (const { file } of identities(node)) writeKubeconfig(dir, settings, file)
  mkdirSync(join(dir, 'kubelet'), { recursive: true })
  const api = connect(dir, settings)
  const startedAt = isRunning(dir, 'kubelet') ? new Date(0) : new Date()
  const kubeletProgram = kubelet(dir, settings, node, parts.paths.kubelet)
  const proxyProgram = proxy(dir, settings, node, parts.paths['kube-proxy'])
  const proxyHealth = `http://${addresses(node).node}:10256/healthz`
  const access = Promise.all([applyDnsObjects(api, node), applyStorageObjects(api)])
  await together(
    startReady(dir, kubeletProgram, () => isReady(api, startedAt), READY_SECONDS),
    startReady(dir, proxyProgram, () => answersWell(proxyHealth), READY_SECONDS),
    access.then(() => startDns(dir, settings, node, parts.paths.coredns)),
    access.then(() => startStorage(dir)),
  )
}

/** The kubelet links the logs of all containers into one folder of the machine. */
const removeLogLinks = (dir: string): void => {
  const links = '/var/log/containers'
  if (!existsSync(links)) return
  for (const name of readdirSync(links)) {
    const link = join(links, name)
    try {
      if (readlinkSync(link).startsWith(`${dir}/`)) rmSync(link)
    } catch {
      // not a link, or already gone
    }
  }
}

/** Ends what runs in containers and takes away what the node has put into the machine. Its programs have ended. */
export const removeNode = async (dir: string, id: string): Promise<void> => {
  await removeCgroup(id)
  await removeContainerdLeftovers(dir, id)
  await unmountAll(dir)
  removeLogLinks(dir)
  await removeNetwork(id)
}
