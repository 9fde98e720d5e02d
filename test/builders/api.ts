import { createSeal } from '../../functions/api/access/sealed.ts'
import type { LoginCode } from '../../functions/api/access/login-code.ts'
import type { ApiDeps } from '../../functions/api/app.ts'
import { createApi } from '../../functions/api/app.ts'
import type { Log } from '../../shared/ports.ts'
import type { Answers } from './upstream.ts'
import { upstream } from './upstream.ts'

const key = new TextEncoder().encode('a key of thirty-two bytes, no less')

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> }

/** The API over an apiserver of a few answers, with a clock that can be put forward and a log that is kept. */
export const api = async (answers: Answers = {}, options: Partial<ApiDeps> & { code?: LoginCode } = {}) => {
  const { code, ...deps } = options
  const { apiserverOf, asked } = upstream(answers)
  const seal = await createSeal(key)
  const lines: string[] = []
  const write = (message: string, fields?: object): void => void lines.push(JSON.stringify({ message, ...fields }))
  const log: Log = { debug: write, info: write, warn: write, error: write }
  let time = Date.parse('2026-06-01T12:00:00Z')
  const app = createApi({
    apiserverOf,
    access: code ? { mode: 'local', seal, code } : { mode: 'token', seal },
    clock: { now: () => new Date(time), sleep: async () => {} },
    log,
    ...deps,
  })
  const call = async (method: string, path: string, init: Init = {}): Promise<Response> =>
    app.request(`http://koc.example${path}`, {
      ...init,
      method,
      headers: { host: 'koc.example', authorization: 'Bearer ada-token', ...init.headers },
    })
  /** Without a bearer token. */
  const browse = async (method: string, path: string, init: Init = {}): Promise<Response> =>
    app.request(`http://koc.example${path}`, { ...init, method, headers: { host: 'koc.example', ...init.headers } })
  return {
    app,
    asked,
    lines,
    call,
    browse,
    pass: (seconds: number): void => {
      time += seconds * 1000
    },
  }
}

export const withJson = (body: unknown, headers: Record<string, string> = {}) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})
