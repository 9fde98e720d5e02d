import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { AgentOptions, RequestOptions } from 'node:https'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'yaml'
import type { Connection } from './rest.ts'

/** What a kubeconfig says of one context, and the way to its apiserver. */
export interface Reached {
  readonly connection: Connection
  readonly context: string
  readonly user: string
  readonly namespace: string | undefined
  /** The client certificate in PEM, where the person has one. */
  readonly certificate: string | undefined
  /** Trust and credentials for requests of node's own, such as WebSockets. */
  readonly requestOptions: () => Promise<RequestOptions>
}

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

const fileOf = (kubeconfig: string | undefined): string | undefined => {
  if (kubeconfig !== undefined) return kubeconfig
  const named = process.env['KUBECONFIG']
  if (!named) return join(homedir(), '.kube', 'config')
  return named.includes(delimiter) ? undefined : named
}

/** How long a token that stands in a file is used before it is read again. */
const tokenMs = 30_000

const answered = (
  url: string,
  init: RequestInit,
  options: RequestOptions,
  headers: Readonly<Record<string, string>>,
): Promise<Response> =>
  new Promise((settle, fail) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const { signal, method = 'GET', body } = init
    const request = send(url, {
      ...options,
      method,
      headers: { 'accept-encoding': 'gzip', ...(init.headers as Record<string, string>), ...headers },
      ...(signal && { signal }),
    })
    request.on('error', (error) => fail(signal?.aborted ? (signal.reason as Error) : error))
    request.on('response', (response) => {
      const { statusCode = 500, headers: all } = response
      const kept = Object.entries(all).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
      )
      const isZipped = all['content-encoding'] === 'gzip'
      const plain = isZipped ? response.pipe(createGunzip()) : response
      if (isZipped) response.on('error', (error) => plain.destroy(error))
      const hasBody = statusCode !== 204 && statusCode !== 304
      if (!hasBody) response.resume()
      settle(
        new Response(hasBody ? (Readable.toWeb(plain) as unknown as ReadableStream<Uint8Array>) : null, {
          status: statusCode,
          headers: kept,
        }),
      )
    })
    request.end(body)
  })

/**
 * The way to the apiserver of a kubeconfig as most are: one file, certificates or a token. Undefined for everything else
 * (credential plugins, proxies, several files, faults), which client-node knows, and takes five times as long to load.
 */
export const reachPlainly = (
  options: { readonly kubeconfig?: string; readonly context?: string },
  manager: string,
): Reached | undefined => {
  const file = fileOf(options.kubeconfig)
  if (file === undefined) return undefined
  try {
    const config: unknown = parse(readFileSync(file, 'utf8'))
    if (!isRecord(config)) return undefined
    const name = options.context ?? config['current-context']
    const context = entryOf<Context>(config['contexts'], name, 'context')
    const cluster = entryOf<Cluster>(config['clusters'], context?.cluster, 'cluster', clusterFields)
    const user = entryOf<User>(config['users'], context?.user, 'user', userFields)
    const server = cluster?.server
    if (typeof name !== 'string' || !context || !cluster || !user || server === undefined) return undefined

    const path = (relative: string) => resolve(dirname(file), relative)
    const pem = (data: Text, relative: Text): Text => {
      if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
      return relative === undefined ? undefined : readFileSync(path(relative), 'utf8')
    }
    const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
    const cert = pem(user['client-certificate-data'], user['client-certificate'])
    const key = pem(user['client-key-data'], user['client-key'])
    const tls: AgentOptions = {
      keepAlive: true,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
      ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
    }
    const agent = server.startsWith('https:') ? new HttpsAgent(tls) : new HttpAgent({ keepAlive: true })

    let held = user.token
    let readAt = -Infinity
    const tokenHeader = (): Record<string, string> => {
      if (user.tokenFile !== undefined && performance.now() - readAt > tokenMs) {
        readAt = performance.now()
        held = readFileSync(path(user.tokenFile), 'utf8').trim()
      }
      return held === undefined ? {} : { authorization: `Bearer ${held}` }
    }
    tokenHeader()
    return {
      connection: {
        server: server.replace(/\/$/, ''),
        manager,
        fetch: (url, init) => answered(url, init, { agent }, tokenHeader()),
      },
      context: name,
      user: context.user ?? '',
      namespace: context.namespace,
      certificate: cert,
      requestOptions: async () => ({ agent, headers: tokenHeader() }),
    }
  } catch {
    // client-node says what is wrong with it.
    return undefined
  }
}
