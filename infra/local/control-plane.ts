import { mkdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from './api.ts'
import { ensureCertificates, type Identity, serviceAccountKeys, tlsFiles } from './certificates.ts'
import { writeWhole } from './files.ts'
import { kubeconfigFile, writeKubeconfig } from './kubeconfig.ts'
import { type Program, startReady, stop } from './processes.ts'
import type { ProgramName } from './programs.ts'
import { addresses, controlPlaneAddress, pki, serviceRange, type Settings } from './settings.ts'
import { together } from './together.ts'
import { until } from './until.ts'

export const controlPlanePrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const satisfies ProgramName[]

type Paths = Readonly<Record<(typeof controlPlanePrograms)[number], string>>

const READY_SECONDS = 120
// Open watches would keep it for a minute; two seconds end ordinary requests in peace.
const RESTART_GRACE_SECONDS = 2

const identities = (settings: Settings): Identity[] => {
  const hosts = ['127.0.0.1', 'localhost', controlPlaneAddress(settings)]
  const inCluster = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  const serviceAddress = settings.node ? addresses(settings.node).kubernetesService : '10.96.0.1'
  return [
    { file: 'etcd', user: 'etcd', hosts: ['127.0.0.1', 'localhost'] },
    {
      file: 'apiserver',
      user: 'kube-apiserver',
      groups: ['system:masters'], // with it the apiserver may ask the kubelet for logs and exec
      hosts: [...new Set([...hosts, ...inCluster, 'kubernetes.default.svc.cluster.local', serviceAddress])],
    },
    { file: 'admin', user: 'admin', groups: ['system:masters'] },
    { file: 'controller-manager', user: 'system:kube-controller-manager' },
    { file: 'scheduler', user: 'system:kube-scheduler' },
  ]
}

const etcd = (dir: string, { etcdDir, ports }: Settings, command: string): Program => {
  const { ca, certificate, key } = tlsFiles(pki(dir), 'etcd')
  const client = `https://127.0.0.1:${ports.etcd}`
  const peer = `https://127.0.0.1:${ports.etcdPeer}`
  return {
    name: 'etcd',
    command,
    args: [
      `--data-dir=${etcdDir}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      ...['', 'peer-'].flatMap((side) => [
        `--${side}cert-file=${certificate}`,
        `--${side}key-file=${key}`,
        `--${side}trusted-ca-file=${ca}`,
        `--${side}client-cert-auth`,
      ]),
      '--unsafe-no-fsync',
      `--quota-backend-bytes=${4 * 1024 ** 3}`,
      '--log-level=warn',
    ],
  }
}

export const auditLog = (dir: string): string => join(dir, 'log', 'audit.jsonl')

const auditFlags = (dir: string): string[] => {
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] }
  const file = join(dir, 'audit-policy.json')
  writeWhole(file, JSON.stringify({ ...policy, omitStages: ['RequestReceived'] }))
  return [
    `--audit-policy-file=${file}`,
    `--audit-log-path=${auditLog(dir)}`,
    '--audit-log-format=json',
    '--audit-log-maxsize=4000', // one file, so that who counts its lines counts all of them
  ]
}

const apiserver = (dir: string, settings: Settings, command: string): Program => {
  const own = tlsFiles(pki(dir), 'apiserver')
  const store = tlsFiles(pki(dir), 'etcd')
  const accounts = serviceAccountKeys(pki(dir))
  const address = controlPlaneAddress(settings)
  return {
    name: 'kube-apiserver',
    command,
    args: [
      `--bind-address=${address}`,
      `--advertise-address=${address}`,
      `--secure-port=${settings.ports.apiserver}`,
      `--etcd-servers=https://127.0.0.1:${settings.ports.etcd}`,
      `--etcd-cafile=${store.ca}`,
      `--etcd-certfile=${store.certificate}`,
      `--etcd-keyfile=${store.key}`,
      `--tls-cert-file=${own.certificate}`,
      `--tls-private-key-file=${own.key}`,
      `--client-ca-file=${own.ca}`,
      `--kubelet-certificate-authority=${own.ca}`,
      `--kubelet-client-certificate=${own.certificate}`,
      `--kubelet-client-key=${own.key}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${accounts.public}`,
      `--service-account-signing-key-file=${accounts.private}`,
      `--service-cluster-ip-range=${serviceRange(settings)}`,
      '--allow-privileged=true',
      '--profiling=false',
      // The machine has no kube-proxy: webhooks and proxied Services are reached by the address of an endpoint.
      '--enable-aggregator-routing=true',
      // Without a node nobody looks the kubernetes Service up, and a loopback address may not stand in it.
      ...(settings.node ? [] : ['--endpoint-reconciler-type=none']),
      ...(settings.admissionPlugins.length
        ? [`--enable-admission-plugins=${settings.admissionPlugins.join(',')}`]
        : []),
      ...(settings.audit ? auditFlags(dir) : []),
      ...settings.apiserverFlags,
    ],
  }
}

const bareControllers = ['namespace-controller', 'serviceaccount-controller', 'garbage-collector-controller']

const controllerManager = (dir: string, settings: Settings, command: string): Program => {
  const { ca } = tlsFiles(pki(dir), 'ca')
  return {
    name: 'kube-controller-manager',
    command,
    args: [
      `--kubeconfig=${kubeconfigFile(dir, 'controller-manager')}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${settings.ports.controllerManager}`,
      '--leader-elect=false',
      ...(settings.bare ? [`--controllers=${bareControllers.join(',')}`] : []),
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${serviceAccountKeys(pki(dir)).private}`,
      `--root-ca-file=${ca}`,
      `--cluster-signing-cert-file=${ca}`,
      `--cluster-signing-key-file=${join(pki(dir), 'ca-key.pem')}`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--profiling=false',
    ],
  }
}

const scheduler = (dir: string, settings: Settings, command: string): Program => ({
  name: 'kube-scheduler',
  command,
  args: [
    `--kubeconfig=${kubeconfigFile(dir, 'scheduler')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${settings.ports.scheduler}`,
    '--leader-elect=false',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--profiling=false',
  ],
})

/** Asks a program on loopback for its health; its certificate is not checked, because it may be one of its own making. */
const answersHealth = (port: number, path: string, tls: { cert?: Buffer; key?: Buffer } = {}): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false, timeout: 2_000, ...tls },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })

const startApiserver = async (dir: string, settings: Settings, paths: Paths): Promise<void> => {
  const api = connect(dir, settings)
  const isReady = async () => (await api.call('GET', '/readyz')).status === 200
  await startReady(dir, apiserver(dir, settings, paths['kube-apiserver']), isReady, READY_SECONDS)
}

const startEtcd = async (dir: string, settings: Settings, paths: Paths): Promise<void> => {
  mkdirSync(settings.etcdDir, { recursive: true, mode: 0o700 })
  const { certificate, key } = tlsFiles(pki(dir), 'etcd')
  const tls = { cert: readFileSync(certificate), key: readFileSync(key) }
  const isReady = () => answersHealth(settings.ports.etcd, '/health', tls)
  await startReady(dir, etcd(dir, settings, paths.etcd), isReady, READY_SECONDS)
}

/** Starts what does not run yet. Ends when objects can be made in the namespace `default`. */
export const startControlPlane = async (dir: string, settings: Settings, paths: Paths): Promise<void> => {
  await ensureCertificates(pki(dir), identities(settings))
  for (const user of ['admin', 'controller-manager', 'scheduler']) writeKubeconfig(dir, settings, user)
  await startEtcd(dir, settings, paths)
  await startApiserver(dir, settings, paths)
  const manager = controllerManager(dir, settings, paths['kube-controller-manager'])
  const { ports } = settings
  await together(
    startReady(dir, manager, () => answersHealth(ports.controllerManager, '/healthz'), READY_SECONDS),
    settings.bare
      ? Promise.resolve()
      : startReady(
          dir,
          scheduler(dir, settings, paths['kube-scheduler']),
          () => answersHealth(ports.scheduler, '/healthz'),
          READY_SECONDS,
        ),
  )
  await untilPodsCanBeMade(dir, settings)
}

/** The controller manager makes the ServiceAccount that every Pod names. */
const untilPodsCanBeMade = async (dir: string, settings: Settings): Promise<void> => {
  const api = connect(dir, settings)
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  const made = await until(async () => ((await api.call('GET', path)).status === 200 ? true : undefined), {
    seconds: READY_SECONDS,
    everyMilliseconds: 50,
  })
  if (!made)
    throw new Error(
      `The namespace default has no ServiceAccount after ${READY_SECONDS} s; see ${join(dir, 'log', 'kube-controller-manager.log')}.`,
    )
}

export const restartApiserver = async (dir: string, settings: Settings, paths: Paths): Promise<void> => {
  await stop(dir, 'kube-apiserver', RESTART_GRACE_SECONDS)
  await startApiserver(dir, settings, paths)
}
