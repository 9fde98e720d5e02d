import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { reread } from './credentials.ts'
import type { Credentials, Identity, IdentityOptions } from './endpoint.ts'

type Text = string | undefined

interface Named<T> {
  readonly name?: string
  readonly value?: T
}

interface Cluster {
  readonly server?: Text
  readonly 'certificate-authority'?: Text
  readonly 'certificate-authority-data'?: Text
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: Text
}

interface User {
  readonly 'client-certificate'?: Text
  readonly 'client-certificate-data'?: Text
  readonly 'client-key'?: Text
  readonly 'client-key-data'?: Text
  readonly token?: Text
  readonly tokenFile?: Text
}

interface Context {
  readonly cluster?: Text
  readonly user?: Text
  readonly namespace?: Text
}

const clusterFields = [
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'extensions',
]
const userFields = [
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
  'extensions',
]

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The entry of that name, where it says nothing but `fields`. */
const entryOf = <T>(list: unknown, name: unknown, key: string, fields?: readonly string[]): T | undefined => {
  if (!Array.isArray(list)) return undefined
  const found: unknown = list.find((item: Named<T>) => item.name === name)
  const value = isRecord(found) ? found[key] : undefined
  if (!isRecord(value)) return undefined
  return fields === undefined || Object.keys(value).every((field) => fields.includes(field)) ? (value as T) : undefined
}

const usualFile = (): string => join(homedir(), '.kube', 'config')

/** Whether somebody named a kubeconfig, or has one where it usually is. */
export const isKubeconfigMeant = ({ kubeconfig, context }: IdentityOptions): boolean =>
  kubeconfig !== undefined || context !== undefined || Boolean(process.env['KUBECONFIG']) || existsSync(usualFile())

/** Undefined where several are named. */
const fileOf = (kubeconfig: string | undefined): string | undefined => {
  if (kubeconfig !== undefined) return kubeconfig
  const named = process.env['KUBECONFIG'] || usualFile()
  return named.includes(delimiter) ? undefined : named
}

/**
 * The identity of a kubeconfig as most are: one file, certificates or a token. Undefined for everything else (credential
 * plugins, proxies, several files, faults), which client-node knows.
 */
export const readKubeconfig = ({
  kubeconfig,
  context: wanted,
  asNobody = false,
  log,
}: IdentityOptions): Identity | undefined => {
  const file = fileOf(kubeconfig)
  if (file === undefined) return undefined
  try {
    const config: unknown = parse(readFileSync(file, 'utf8'))
    if (!isRecord(config)) return undefined
    const name = wanted ?? config['current-context']
    const context = entryOf<Context>(config['contexts'], name, 'context')
    const cluster = entryOf<Cluster>(config['clusters'], context?.cluster, 'cluster', clusterFields)
    const user = asNobody ? {} : entryOf<User>(config['users'], context?.user, 'user', userFields)
    const server = cluster?.server
    if (typeof name !== 'string' || !context || !cluster || !user || server === undefined) return undefined

    const textOf = (relative: string): string => readFileSync(resolve(dirname(file), relative), 'utf8')
    const pem = (data: Text, relative: Text): Text => {
      if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
      return relative === undefined ? undefined : textOf(relative)
    }
    const read = (): Credentials => {
      const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
      const cert = pem(user['client-certificate-data'], user['client-certificate'])
      const key = pem(user['client-key-data'], user['client-key'])
      const token = user.tokenFile === undefined ? user.token : textOf(user.tokenFile).trim()
      return {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
        ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
        ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      }
    }
    return {
      server: server.replace(/\/$/, ''),
      credentials: reread(read, log),
      context: name,
      user: context.user ?? '',
      namespace: context.namespace,
      certificate: read().cert as string | undefined,
    }
  } catch {
    // client-node says what is wrong with it.
    return undefined
  }
}
