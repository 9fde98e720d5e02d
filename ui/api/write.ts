import { ApiProblem, ask, pathOf, post, read, remove } from './client.ts'
import type { AnyObject, Plural } from './types.ts'

export interface Written {
  readonly object: AnyObject
  /** What admission let pass with a remark. */
  readonly warnings: readonly string[]
}

/** The texts of a Warning header, https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
export const warningsIn = (header: string | null): string[] =>
  [...(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))

/** A manifest as it is sent: an object, or YAML as somebody wrote it. */
export type Manifest = object | string

const bodyOf = (manifest: Manifest): { body: string; type: string } =>
  typeof manifest === 'string'
    ? { body: manifest, type: 'application/yaml' }
    : { body: JSON.stringify(manifest), type: 'application/json' }

const asked = (isDryRun: boolean): string => (isDryRun ? '?dryRun=All' : '')

/** Makes an object, or only asks whether it could be made: all of admission says its word, and nothing is stored. */
export const create = async (
  plural: Plural,
  namespace: string,
  manifest: Manifest,
  { isDryRun = false, signal }: { isDryRun?: boolean; signal?: AbortSignal } = {},
): Promise<Written> => {
  const { body, type } = bodyOf(manifest)
  const response = await ask(`${pathOf(plural, namespace)}${asked(isDryRun)}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
    ...(signal && { signal }),
  })
  return {
    object: (await response.json()) as AnyObject,
    warnings: warningsIn(response.headers.get('warning')),
  }
}

export interface Read {
  readonly yaml: string
  /** Names the version, for who wants to replace just that one. */
  readonly etag: string
}

export const readYaml = async (path: string): Promise<Read> => {
  const response = await ask(`${path}?output=yaml`)
  return { yaml: await response.text(), etag: response.headers.get('etag') ?? '' }
}

/** Replaces the version that was read; throws ApiProblem 409 where there is a newer one. Gives what is stored then. */
export const replace = async (
  path: string,
  { yaml, etag }: Read,
  { isDryRun = false }: { isDryRun?: boolean } = {},
): Promise<Read & { readonly warnings: readonly string[] }> => {
  const response = await ask(`${path}?output=yaml${isDryRun ? '&dryRun=All' : ''}`, {
    method: 'PUT',
    body: yaml,
    headers: { 'content-type': 'application/yaml', ...(etag !== '' && { 'if-match': etag }) },
  })
  return {
    yaml: await response.text(),
    etag: response.headers.get('etag') ?? '',
    warnings: warningsIn(response.headers.get('warning')),
  }
}

/** Stops this very Task; one that has its name by now goes on. */
export const stopSame = async (path: string, { metadata: { uid } }: AnyObject): Promise<void> => {
  await post<unknown>(`${path}/stop${uid === undefined ? '' : `?${new URLSearchParams({ uid })}`}`)
}

/** So often an object may change between being read and deleted. */
const mostLooks = 4

/** Deletes this very object, whatever has changed of it since; one that has its name by now stays. */
export const removeSame = async (path: string, { metadata: { uid } }: AnyObject): Promise<void> => {
  for (let look = 1; ; look += 1) {
    const { metadata: now } = await read<AnyObject>(path)
    if (now.uid !== uid)
      throw new ApiProblem(409, 'It was deleted, and another one has its name by now: that one stays.')
    try {
      return await remove(path, now.resourceVersion)
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 409 || look === mostLooks) throw error
    }
  }
}
