import * as z from 'zod'
import type { KubeObject, OwnKind } from '../../../shared/kubernetes.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Apiserver } from '../apiserver.ts'
import { Output, queryOf, segmentOf } from '../inputs.ts'
import { badRequest, granted } from '../problem.ts'
import type { ApiContext } from '../route.ts'
import { answer, bare, jsonOf } from './answer.ts'
import { objectIn } from './body.ts'

export const ReadQuery = z.object({ output: Output })

export const WriteQuery = z.object({
  output: Output,
  dryRun: z.enum(['All']).optional().describe('Asks for everything but storing the object.'),
})

/** What nobody knows is a typing error, and is told instead of dropped. */
const asked = (dryRun: string | undefined): string =>
  `?fieldValidation=Strict&fieldManager=kubeopencode-api${dryRun === undefined ? '' : `&dryRun=${dryRun}`}`

/** The version a client has seen, from `If-Match: "123"`. */
const matchOf = (c: ApiContext): string | undefined => {
  const header = c.req.header('if-match')
  if (header === undefined) return undefined
  const version = /^(?:W\/)?"?(\d{1,20})"?$/.exec(header.trim())?.[1]
  if (version === undefined)
    throw badRequest(`If-Match is ${JSON.stringify(header.slice(0, 64))}; send the ETag of the object as it was read`)
  return version
}

const namespaceOf = (c: ApiContext): string | undefined =>
  c.req.param('namespace') === undefined ? undefined : segmentOf(c, 'namespace')

/** One object as it is stored. */
export const readObject = async <T extends KubeObject>(apiserver: Apiserver, path: string): Promise<T> =>
  jsonOf<T>(await granted(await apiserver({ path })))

/** JSON merge patch of one object; gives what is stored then. */
export const patchObject = async <T extends KubeObject>(
  apiserver: Apiserver,
  path: string,
  patch: object,
): Promise<T> => {
  const response = await apiserver({
    method: 'PATCH',
    path: `${path}${asked(undefined)}`,
    body: patch,
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  return jsonOf<T>(await granted(response))
}

export const getOne =
  (kind: OwnKind, fixedName?: string) =>
  async (c: ApiContext): Promise<Response> => {
    const { output } = queryOf(c, ReadQuery)
    const path = pathOf(kind, namespaceOf(c), fixedName ?? segmentOf(c, 'name'))
    return answer(c, bare(await readObject(c.var.apiserver, path)), { output })
  }

const created = async (c: ApiContext, kind: OwnKind, object: KubeObject, query: z.infer<typeof WriteQuery>) => {
  const path = `${pathOf(kind, object.metadata?.namespace)}${asked(query.dryRun)}`
  const response = await granted(await c.var.apiserver({ method: 'POST', path, body: object }))
  return answer(c, bare(await jsonOf<KubeObject>(response)), { output: query.output, status: 201, from: response })
}

export const createOne =
  (kind: OwnKind) =>
  async (c: ApiContext): Promise<Response> => {
    const query = queryOf(c, WriteQuery)
    return created(c, kind, await objectIn(c, kind, namespaceOf(c)), query)
  }

/** Replaces an object. Its name is the path's; a `fixedName` is made where it does not exist. */
export const replaceOne =
  (kind: OwnKind, fixedName?: string) =>
  async (c: ApiContext): Promise<Response> => {
    const query = queryOf(c, WriteQuery)
    const version = matchOf(c)
    const name = fixedName ?? segmentOf(c, 'name')
    const found = await objectIn(c, kind, namespaceOf(c))
    if (found.metadata?.name !== undefined && found.metadata.name !== name)
      throw badRequest(`metadata.name must be ${name}, as in the path`, [
        { field: 'metadata.name', message: `must be ${name}` },
      ])
    const metadata = { ...found.metadata, name, ...(version !== undefined && { resourceVersion: version }) }
    const object = { ...found, metadata }
    const path = `${pathOf(kind, metadata.namespace, name)}${asked(query.dryRun)}`
    const response = await c.var.apiserver({ method: 'PUT', path, body: object })
    if (response.status === 404 && fixedName !== undefined && version === undefined) {
      await response.body?.cancel()
      return created(c, kind, object, query)
    }
    await granted(response)
    return answer(c, bare(await jsonOf<KubeObject>(response)), { output: query.output, from: response })
  }

/** Deletes an object and, by its owner references, what was made for it. */
export const deleteOne =
  (kind: OwnKind) =>
  async (c: ApiContext): Promise<Response> => {
    const { output, dryRun } = queryOf(c, WriteQuery)
    const version = matchOf(c)
    const path = pathOf(kind, namespaceOf(c), segmentOf(c, 'name'))
    const response = await c.var.apiserver({
      method: 'DELETE',
      path: dryRun === undefined ? path : `${path}?dryRun=${dryRun}`,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        ...(version !== undefined && { preconditions: { resourceVersion: version } }),
      },
    })
    await granted(response)
    // What has a finalizer is answered as it is now, everything else with a Status.
    return answer(c, bare(await jsonOf<KubeObject>(response)), { output, from: response })
  }
