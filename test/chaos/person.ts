import { setTimeout as sleep } from 'node:timers/promises'
import type { Send } from '../../infra/cluster/rest.ts'

const againMs = 100
const mostAttempts = 3_000

/** Somebody who tries again until the apiserver takes it: it may be away, and so may its webhooks. */
export interface Person {
  readonly create: (path: string, body: object) => Promise<void>
  readonly edit: (path: string, patch: object) => Promise<void>
}

export const personOver = (send: Send): Person => {
  const insist = async (method: string, path: string, body: object, contentType: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(method, path, { body, contentType }).catch(() => undefined)
      // What exists already was taken at an attempt whose answer was lost.
      if (answer?.ok || answer?.status === 409) return
      if (attempt === mostAttempts)
        throw new Error(
          `${method} ${path} was not taken: ${answer ? `${answer.status} ${await answer.text()}` : 'no answer'}`,
        )
      await sleep(againMs)
    }
  }
  return {
    create: (path, body) => insist('POST', path, body, 'application/json'),
    edit: (path, patch) => insist('PATCH', path, patch, 'application/merge-patch+json'),
  }
}
