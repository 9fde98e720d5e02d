import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

/** One user's plain way to the apiserver, as thin as it can be: what it costs is part of what is measured. */
export interface Client {
  readonly read: <T>(path: string) => Promise<T>
  /** A write; PATCH is a JSON merge patch. Throws a sentence when the apiserver refuses. */
  readonly send: (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<void>
  /** Tells what there is and then every change, until it is stopped. Gives back once the watch is open. */
  readonly watch: <T>(path: string, told: (event: WatchEvent<T>) => void) => Promise<Watch>
  readonly close: () => Promise<void>
}

export interface Watch {
  /** Throws when the watch had ended before. */
  readonly stop: () => Promise<void>
}

export interface Tls {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

const longestWatchSeconds = 7200

export const createClient = (url: string, files: Tls): Client => {
  const connect = {
    ca: readFileSync(files.ca),
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
  }
  const pool = new Pool(url, { connections: 128, connect, bodyTimeout: 0 })

  const request = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    signal?: AbortSignal,
  ) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const answer = await pool.request({
      method,
      path,
      headers: { accept: 'application/json', 'content-type': type },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    if (answer.statusCode < 300) return answer.body
    throw new Error(`${method} ${path} was refused with ${answer.statusCode}: ${await answer.body.text()}`)
  }

  return {
    read: async <T>(path: string) => (await (await request('GET', path)).json()) as T,
    send: async (method, path, body) => (await request(method, path, body)).dump(),
    watch: async <T>(path: string, told: (event: WatchEvent<T>) => void) => {
      const stopped = new AbortController()
      const query = `watch=true&timeoutSeconds=${longestWatchSeconds}`
      const body = await request('GET', `${path}?${query}`, undefined, stopped.signal)
      let ended: string | undefined
      const follow = async (): Promise<void> => {
        let rest = ''
        body.setEncoding('utf8')
        for await (const chunk of body as AsyncIterable<string>) {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) told(JSON.parse(line) as WatchEvent<T>)
        }
        ended = 'by the apiserver'
      }
      const following = follow().catch((error: unknown) => {
        ended = String(error)
      })
      return {
        stop: async () => {
          if (ended !== undefined) throw new Error(`the watch of ${path} ended before it was stopped: ${ended}`)
          stopped.abort()
          await following
        },
      }
    },
    close: () => pool.destroy(),
  }
}
