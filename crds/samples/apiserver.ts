import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { parse } from 'yaml'
import type { KindName } from '../kinds.ts'
import { kinds } from '../kinds.ts'
import { API_VERSION } from '../names.ts'
import type { Json } from './full.ts'

export type Cause = { readonly field?: string; readonly message: string; readonly reason?: string }
export type Answer = { readonly status: number; readonly body: Json; readonly causes: readonly Cause[] }

export type Apiserver = {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
}

type Kubeconfig = {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }]
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }]
}

const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')

/** Speaks to the cluster of a kubeconfig that holds its certificates. */
export const connect = (kubeconfig: string): Apiserver => {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const [{ cluster }] = clusters
  const [{ user }] = users
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  return {
    call: (method, path, body, contentType = 'application/json') =>
      new Promise((resolve, reject) => {
        const asked = request(
          `${cluster['server']}${path}`,
          { method, agent, headers: { 'content-type': contentType } },
          (response) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (chunk: string) => (text += chunk))
            response.on('error', reject)
            response.on('end', () => {
              const answer = JSON.parse(text) as Json & { details?: { causes?: Cause[] } }
              resolve({ status: response.statusCode ?? 0, body: answer, causes: answer.details?.causes ?? [] })
            })
          },
        )
        asked.on('error', reject)
        asked.end(body === undefined ? undefined : JSON.stringify(body))
      }),
  }
}

/** Where the objects of a kind are. */
export const pathOf = (kind: KindName, name?: string): string => {
  const { plural, scope } = kinds.find((one) => one.kind === kind)!
  const folder = `/apis/${API_VERSION}${scope === 'Namespaced' ? '/namespaces/default' : ''}/${plural}`
  return name === undefined ? folder : `${folder}/${name}`
}

/** What `work` gives for each of `items`, in their order, with a few at a time. */
export const each = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  const next = items.entries()
  const worker = async () => {
    for (const [index, item] of next) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return results
}
