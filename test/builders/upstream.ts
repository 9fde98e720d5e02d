import type { Ask, ApiserverOf, Caller } from '../../functions/api/apiserver.ts'

export interface Asked {
  readonly caller: Caller | undefined
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

export type Answers = Readonly<Record<string, (ask: Asked, whole: Ask) => Response | Promise<Response>>>

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers })

/** A refusal as the apiserver words it. */
export const refused = (code: number, reason: string, message: string): Response =>
  json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, code, { 'audit-id': 'a' })

const user = { username: 'ada', groups: ['system:authenticated'] }

/** What every apiserver answers to whoever has a token: anybody may do anything. */
export const welcoming: Answers = {
  'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': ({ caller }) =>
    caller === undefined ? refused(401, 'Unauthorized', 'Unauthorized') : json({ status: { userInfo: user } }, 201),
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => json({ status: { allowed: true } }, 201),
  'GET /readyz': () => new Response('ok'),
  'GET /version': () => json({ gitVersion: 'v1.36.3' }),
}

/** An apiserver of a few answers, by `METHOD /path` without the query. Remembers what it was asked; knows nothing else. */
export const upstream = (answers: Answers = {}) => {
  const asked: Asked[] = []
  const all = { ...welcoming, ...answers }
  const apiserverOf: ApiserverOf = (caller) => async (ask) => {
    const { method = 'GET', path, body, headers = {} } = ask
    const one = { caller, method, path, body, headers }
    asked.push(one)
    const answer = all[`${method} ${path.split('?')[0]}`]
    return answer ? answer(one, ask) : refused(404, 'NotFound', `there is no ${path}`)
  }
  return { apiserverOf, asked }
}
