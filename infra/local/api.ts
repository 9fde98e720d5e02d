import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tlsFiles } from './certificates.ts'
import { apiserverUrl, pki, type Settings } from './settings.ts'

/** What the cluster's own start needs of the apiserver, with the administrator's certificate. */
export type Api = {
  /** The answer's status and text. Throws when there is no answer. */
  call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }>
  /** The lines of an answer that goes on, as they come. */
  lines(path: string): AsyncIterable<string>
  /** Server-side apply of one object at its path. */
  apply(path: string, object: unknown): Promise<void>
}

const ANSWER_MILLISECONDS = 10_000

export const connect = (dir: string, settings: Settings, user = 'admin'): Api => {
  const files = tlsFiles(pki(dir), user)
  const tls = {
    ca: readFileSync(files.ca),
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
  }
  const call: Api['call'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json'
      const asked = request(
        `${apiserverUrl(settings)}${path}`,
        { method, ...tls, agent: false, timeout: ANSWER_MILLISECONDS, headers: { 'content-type': type } },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          response.on('error', reject)
        },
      )
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer in 10 s`)))
      asked.on('error', reject)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  return {
    call,
    async *lines(path) {
      const asked = request(`${apiserverUrl(settings)}${path}`, { ...tls, agent: false })
      asked.on('error', () => {}) // told by the wait for the answer, or by the answer itself
      asked.end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      response.setEncoding('utf8')
      let text = ''
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = (text + chunk).split('\n')
        text = lines.pop() ?? ''
        yield* lines
      }
    },
    async apply(path, object) {
      const { status, text } = await call('PATCH', `${path}?fieldManager=kubeopencode-local&force=true`, object)
      if (status >= 300) throw new Error(`The apiserver refused ${path} with ${status}: ${text}`)
    },
  }
}
