/** Where the server is mounted, as it wrote it into the page; empty for the root. */
export const base = globalThis.document?.documentElement.dataset['base'] ?? ''

export interface Cause {
  readonly field: string
  readonly message: string
}

/** An answer that is no success: what the API says of it, in a sentence, and each fault with its field. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: number
  readonly causes: readonly Cause[]
  constructor(code: number, message: string, causes: readonly Cause[] = []) {
    super(message)
    this.code = code
    this.causes = causes
  }
}

const sentence = (text: string): string => {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

/** Without the apiserver's preface, which repeats what was written right above. */
const bareCause = ({ field, message }: Cause): Cause => ({
  field,
  message: message.replace(/^(?:Invalid|Unsupported) value: (?:"(?:[^"\\]|\\.)*"|[^\s:]+): /, ''),
})

/** The Problem of an answer. A proxy on the way answers in its own words. */
export const problemOf = async (response: Response): Promise<ApiProblem> => {
  const text = await response.text().catch(() => '')
  try {
    const { message, causes = [] } = JSON.parse(text) as { message?: unknown; causes?: Cause[] }
    if (typeof message === 'string') return new ApiProblem(response.status, sentence(message), causes.map(bareCause))
  } catch {
    // It was no JSON.
  }
  return new ApiProblem(
    response.status,
    `The server answered ${response.status} ${response.statusText}.`.replace(' .', '.'),
  )
}

const leaving = new Set<() => void>()

/** Told whenever the API does not know who asks any more. Gives what takes it back. */
export const onUnauthorized = (tell: () => void): (() => void) => {
  leaving.add(tell)
  return () => leaving.delete(tell)
}

/** A request to the API as this browser's session. Throws ApiProblem, with code 0 where there was no answer. */
export const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
  let response: Response
  try {
    response = await fetch(`${base}${path}`, { credentials: 'same-origin', ...init })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiProblem(0, 'The server cannot be reached. Check your connection; this page tries again by itself.')
  }
  if (response.ok) return response
  const problem = await problemOf(response)
  if (problem.code === 401 && !path.startsWith('/api/v1/login')) for (const tell of leaving) tell()
  throw problem
}

export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await (await ask(path, signal ? { signal } : {})).json()) as T

/** A verb of the API, such as stop. */
export const post = async <T>(path: string, body?: unknown): Promise<T> => {
  const response = await ask(path, {
    method: 'POST',
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return (response.status === 204 ? undefined : await response.json()) as T
}

export const remove = async (path: string): Promise<void> => {
  await (await ask(path, { method: 'DELETE' })).body?.cancel()
}

export const pathOf = (plural: string, namespace: string, name = ''): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}${name && `/${encodeURIComponent(name)}`}`
