import { existsSync, readFileSync } from 'node:fs'
import { Resolver } from 'node:dns/promises'
import { join } from 'node:path'
import type { Api } from './api.ts'
import { writeWhole } from './files.ts'
import { kubeconfigFile } from './kubeconfig.ts'
import { onNode } from './network.ts'
import { answersWell, startReady } from './processes.ts'
import { addresses, type NodeSettings, type Settings } from './settings.ts'

export const DNS_USER = 'kubeopencode:dns'
const READY_PORT = 10259
const READY_SECONDS = 120

/** A resolver on the machine's own loopback cannot be reached from the node; systemd keeps the real ones elsewhere. */
const resolversOfMachine = (): string[] => {
  const file = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf'].find((name) => existsSync(name))
  if (!file) return []
  return [...readFileSync(file, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)]
    .flatMap(([, address]) => address ?? [])
    .filter((address) => !address.startsWith('127.') && address !== '::1')
}

const answers = async (address: string): Promise<boolean> => {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 })
  resolver.setServers([address])
  return resolver.resolveNs('.').then(
    () => true,
    () => false,
  )
}

/** Names outside the cluster: asked where that leads to an answer, otherwise refused at once so that nobody waits. */
const outsideNames = async ({ outside }: NodeSettings): Promise<string> => {
  const asked = outside ? resolversOfMachine() : []
  const answering = await Promise.all(asked.map(answers))
  const resolvers = asked.filter((_, index) => answering[index])
  return resolvers.length ? `forward . ${resolvers.join(' ')}` : 'template ANY ANY { rcode NXDOMAIN }'
}

/** Each plugin here is named in go/coredns/main.go too; a program that was built before stays in the cache. */
const corefile = async (dir: string, node: NodeSettings): Promise<string> => {
  const { node: address } = addresses(node)
  const outside = (await outsideNames(node)).replace('{ rcode NXDOMAIN }', '{\n    rcode NXDOMAIN\n  }')
  return `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
  bind ${address}
  errors
  ready ${address}:${READY_PORT}
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfigFile(dir, 'dns')}
    pods insecure
    ttl 1
  }
  loadbalance
}
.:53 {
  bind ${address}
  errors
  ${outside}
}
`
}

/** What CoreDNS may read, and the Service under whose address Pods ask it. */
export const applyDnsObjects = async (api: Api, node: NodeSettings): Promise<void> => {
  const rbac = 'rbac.authorization.k8s.io'
  const name = DNS_USER
  const verbs = ['list', 'watch']
  await api.apply(`/apis/${rbac}/v1/clusterroles/${name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [
      { apiGroups: [''], resources: ['services', 'namespaces', 'pods', 'endpoints'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  })
  await api.apply(`/apis/${rbac}/v1/clusterrolebindings/${name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: rbac, kind: 'User', name: DNS_USER }],
  })
  const ports = [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ]
  await api.apply('/api/v1/namespaces/kube-system/services/kube-dns', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: { clusterIP: addresses(node).dnsService, ports },
  })
  await api.apply('/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [addresses(node).node] }],
    ports,
  })
}

/** Runs beside the kubelet rather than in a Pod, so that it needs no image. */
export const startDns = async (dir: string, settings: Settings, node: NodeSettings, coredns: string): Promise<void> => {
  const file = join(dir, 'Corefile')
  writeWhole(file, await corefile(dir, node))
  const [command, ...args] = onNode(settings.id, coredns, ['-conf', file])
  const probe = `http://${addresses(node).node}:${READY_PORT}/ready`
  await startReady(dir, { name: 'coredns', command, args }, () => answersWell(probe), READY_SECONDS)
}
