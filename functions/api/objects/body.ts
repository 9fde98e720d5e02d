import { parseDocument } from 'yaml'
import type { KubeObject, OwnKind } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import { badRequest, brokenOff, Problem } from '../problem.ts'
import type { ApiContext } from '../route.ts'

const yamlTypes = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'])

const fromYaml = (text: string): unknown => {
  // Kubernetes reads YAML 1.1 where it matters to nobody; anchors are few in an honest manifest.
  const document = parseDocument(text, { uniqueKeys: true })
  const [error] = document.errors
  if (error) throw badRequest(`the body is no YAML: ${error.message.split('\n')[0]}`)
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (cause) {
    throw new Problem(400, 'BadRequest', 'the body has more anchors and aliases than a manifest needs', { cause })
  }
}

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem(400, 'BadRequest', 'the body is no JSON', { cause })
  }
}

/** The body to its end; a client that leaves before has sent none. */
export const wholeBody = async (c: ApiContext): Promise<Uint8Array<ArrayBuffer>> => {
  try {
    return new Uint8Array(await c.req.arrayBuffer())
  } catch (error) {
    throw brokenOff(error)
  }
}

const textOf = async (c: ApiContext): Promise<string> => new TextDecoder().decode(await wholeBody(c))

/** The body by its content type. A browser sends none of these to another site without asking it first. */
export const structuredBody = async (c: ApiContext): Promise<unknown> => {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json') return fromJson(await textOf(c))
  if (yamlTypes.has(type)) return fromYaml(await textOf(c))
  throw new Problem(
    415,
    'UnsupportedMediaType',
    `content-type is "${type.slice(0, 64)}"; send application/json or application/yaml`,
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object in the body, of this kind and for this namespace. What its fields may hold the apiserver and the webhooks say. */
export const objectIn = async (c: ApiContext, kind: OwnKind, namespace?: string): Promise<KubeObject> => {
  const body = await structuredBody(c)
  if (!isRecord(body)) throw badRequest(`the body is no object; send one ${kind}`)
  const { apiVersion } = resources[kind]
  for (const [field, want] of Object.entries({ apiVersion, kind }))
    if (body[field] !== undefined && body[field] !== want)
      throw badRequest(`${field} is ${JSON.stringify(body[field])?.slice(0, 64)}; it must be ${want} here`, [
        { field, message: `must be ${want}` },
      ])
  const metadata = isRecord(body['metadata']) ? body['metadata'] : {}
  const own = metadata['namespace']
  if (own !== undefined && own !== namespace)
    throw badRequest(
      namespace === undefined
        ? `metadata.namespace must be left out: ${kind} belongs to the cluster`
        : `metadata.namespace must be ${namespace}, as in the path`,
      [{ field: 'metadata.namespace', message: `must be ${namespace ?? 'left out'}` }],
    )
  return { ...body, apiVersion, kind, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } }
}
