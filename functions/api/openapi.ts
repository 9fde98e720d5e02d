import * as z from 'zod'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import type { OwnKind } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import { version } from '../../shared/images.ts'
import { ProblemBody } from './problem.ts'
import type { Method, Route, Shape } from './route.ts'

type Json = Readonly<Record<string, unknown>>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, additionalProperties: __, ...json } = z.toJSONSchema(schema, { target: 'openapi-3.0', io })
  return json
}

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

const shapeOf = (shape: Shape, io: 'input' | 'output'): Json =>
  typeof shape === 'string' ? reference(shape) : schemaOf(shape, io)

const metadata: Json = {
  type: 'object',
  description: "Kubernetes' own: name, namespace, labels, annotations, uid, resourceVersion and the rest.",
}

/** A kind as its CustomResourceDefinition has it, and a list of it. */
const kindSchemas = (): Json =>
  Object.fromEntries(
    kinds.flatMap((kind) => {
      const [served] = customResourceDefinition(kind).spec.versions
      const { openAPIV3Schema } = served?.schema ?? {}
      const list = {
        type: 'object',
        required: ['items', 'metadata'],
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string', enum: [`${kind.kind}List`] },
          metadata: {
            type: 'object',
            properties: {
              resourceVersion: { type: 'string', description: 'Where a watch of what comes after begins.' },
              continue: { type: 'string', description: 'The next page; absent on the last.' },
              remainingItemCount: { type: 'integer', description: 'About how many are on later pages.' },
            },
          },
          items: { type: 'array', items: reference(kind.kind) },
        },
      }
      const properties = { ...openAPIV3Schema?.properties, metadata }
      return [
        [kind.kind, { ...openAPIV3Schema, properties }],
        [`${kind.kind}List`, list],
      ]
    }),
  )

const queryParameters = (query: z.ZodObject | undefined): Json[] => {
  if (!query) return []
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, { description?: string }>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

const headerParameters = ({ answer }: Route, method: Method): Json[] => {
  if (method === 'PUT' || method === 'DELETE')
    return [
      {
        name: 'If-Match',
        in: 'header',
        required: false,
        schema: { type: 'string' },
        description: 'ETag of the object as it was read; 409 where it has changed.',
      },
    ]
  return answer.type === 'text/event-stream'
    ? [
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          schema: { type: 'string' },
          description: 'Id of the last event that was seen.',
        },
      ]
    : []
}

const isOfKind = (shape: Shape): shape is OwnKind => typeof shape === 'string' && Object.hasOwn(resources, shape)

const requestBody = (body: Shape): Json => {
  const schema = shapeOf(body, 'input')
  return {
    required: true,
    content: { 'application/json': { schema }, ...(isOfKind(body) && { 'application/yaml': { schema } }) },
  }
}

const success = ({ answer: { status = 200, shape, type }, query }: Route): Json => {
  const schema = shape && shapeOf(shape, 'output')
  const content: Record<string, Json> = {
    ...(schema && { 'application/json': { schema } }),
    ...(schema && query?.shape['output'] && { 'application/yaml': { schema } }),
    ...(query?.shape['watch'] && { 'text/event-stream': { schema: { type: 'string' } } }),
    ...(type !== undefined && {
      [type]: { schema: type === 'application/json' ? { type: 'object' } : { type: 'string' } },
    }),
  }
  const hasContent = Object.keys(content).length > 0
  return { [status]: { description: 'Done', ...(hasContent && { content }) } }
}

const operation = (route: Route, method: Method): Json => ({
  summary: route.summary,
  ...(route.isOpen && { security: [] }),
  parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route, method)],
  ...(route.body && { requestBody: requestBody(route.body) }),
  responses: { ...success(route), default: { $ref: '#/components/responses/Problem' } },
})

/** The OpenAPI document of the routes. The schemas of the kinds are those of their CustomResourceDefinitions. */
export const openApi = (routes: readonly Route[], basePath: string): Json => {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes)
    for (const method of typeof route.method === 'string' ? [route.method] : route.method)
      paths[route.path] = { ...paths[route.path], [method.toLowerCase()]: operation(route, method) }
  return {
    openapi: '3.0.3',
    info: {
      title: 'KubeOpenCode',
      version: version.replace(/^v/, ''),
      description: 'Agents and their Tasks. Every request is made at the apiserver with the rights of the caller.',
    },
    servers: [{ url: basePath || '/' }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: { ...kindSchemas(), Problem: schemaOf(ProblemBody, 'output') },
      responses: {
        Problem: {
          description: "What went wrong, with the apiserver's own status code",
          content: { 'application/json': { schema: reference('Problem') } },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token that the apiserver knows.' },
        session: { type: 'apiKey', in: 'cookie', name: 'kubeopencode-session', description: 'Made by a login.' },
      },
    },
  }
}

/** The document that describes the routes, itself one of them. It is made once, when it is first asked for. */
export const openApiRoute = (routes: () => readonly Route[], basePath: string): Route => {
  let text: string | undefined
  return {
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This document',
    isOpen: true,
    answer: { type: 'application/json' },
    handle: (c) => {
      text ??= JSON.stringify(openApi(routes(), basePath))
      return c.body(text, 200, { 'content-type': 'application/json' })
    },
  }
}
