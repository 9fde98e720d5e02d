import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeWhole } from './files.ts'

/** What was decided when the cluster was made; everything else follows from it, so that it can be started again. */
export type Settings = {
  readonly name: string
  /** Short and unique per folder: names the network, the cgroup and the interface. */
  readonly id: string
  readonly audit: boolean
  readonly bare: boolean
  readonly apiserverFlags: readonly string[]
  readonly admissionPlugins: readonly string[]
  readonly etcdDir: string
  readonly ports: {
    readonly apiserver: number
    readonly etcd: number
    readonly etcdPeer: number
    readonly controllerManager: number
    readonly scheduler: number
  }
  readonly node?: NodeSettings
}

export type NodeSettings = {
  /** The second number of the cluster's own 10.N.0.0/16. */
  readonly network: number
  /** Pods may reach what this machine reaches. */
  readonly outside: boolean
}

const file = (dir: string): string => join(dir, 'cluster.json')

export const idOf = (dir: string): string => createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 8)

export const readSettings = (dir: string): Settings | undefined =>
  existsSync(file(dir)) ? (JSON.parse(readFileSync(file(dir), 'utf8')) as Settings) : undefined

export const writeSettings = (dir: string, settings: Settings): void =>
  writeWhole(file(dir), JSON.stringify(settings, undefined, 2))

export const pki = (dir: string): string => join(dir, 'pki')

/** Addresses inside 10.N.0.0/16. Services are routed from the machine too, so each cluster has its own range. */
export const addresses = ({ network }: NodeSettings) =>
  ({
    all: `10.${network}.0.0/16`,
    pods: `10.${network}.0.0/18`,
    services: `10.${network}.128.0/18`,
    kubernetesService: `10.${network}.128.1`,
    dnsService: `10.${network}.128.10`,
    host: `10.${network}.255.1`,
    node: `10.${network}.255.2`,
  }) as const

/** Where the control plane listens: on loopback, or on the machine's side of the cable to the node. */
export const controlPlaneAddress = ({ node }: Settings): string => (node ? addresses(node).host : '127.0.0.1')

export const serviceRange = ({ node }: Settings): string => (node ? addresses(node).services : '10.96.0.0/16')

export const apiserverUrl = (settings: Settings): string =>
  `https://${controlPlaneAddress(settings)}:${settings.ports.apiserver}`
