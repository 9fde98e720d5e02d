import { readFileSync, statSync } from 'node:fs'

/** One answered request, as far as it is counted. */
export interface Request {
  readonly verb: string
  /** Plural, with the subresource behind a slash: `tasks/status`. */
  readonly resource: string
  readonly code: number
}

/** audit.k8s.io/v1 Event at level Metadata, as far as it is read. */
interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
  readonly requestURI: string
  readonly responseStatus?: { readonly code?: number }
}

/** The answered requests of `user` among the lines of an audit log. A last line that is not whole yet is left out. */
export const requestsOf = (user: string, text: string): Request[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage, user: { username } }) => stage === 'ResponseComplete' && username === user)
    .map(({ verb, objectRef, requestURI, responseStatus }) => ({
      verb,
      resource: [objectRef?.resource ?? requestURI.split('?')[0], objectRef?.subresource].filter(Boolean).join('/'),
      code: responseStatus?.code ?? 0,
    }))

export const isWrite = ({ verb }: Request): boolean => !['get', 'list', 'watch'].includes(verb)

/** How often each verb met each resource, most frequent first: `patch tasks/status` 200. */
export const tally = (requests: readonly Request[]): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>()
  for (const { verb, resource, code } of requests) {
    const key = `${verb} ${resource}${code >= 400 ? ` → ${code}` : ''}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].toSorted(([, one], [, other]) => other - one)
}

export interface Audit {
  /** From here on. */
  readonly mark: () => number
  readonly since: (mark: number, user: string) => Request[]
}

export const openAudit = (file: string): Audit => ({
  mark: () => statSync(file).size,
  since: (mark, user) => requestsOf(user, readFileSync(file).subarray(mark).toString('utf8')),
})
