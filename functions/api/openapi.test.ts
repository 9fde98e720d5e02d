import { describe, expect, test } from 'vitest'
import { api } from '../../test/builders/api.ts'

interface Operation {
  readonly summary?: string
  readonly security?: readonly unknown[]
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, { readonly content?: object }>>
}
interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties: Record<string, object> }>> }
}

const read = async (basePath = ''): Promise<Document> => {
  const { browse } = await api({}, { basePath })
  return (await (await browse('GET', `${basePath}/api/v1/openapi.json`)).json()) as Document
}

const references = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : references(child),
  )
}

describe('the OpenAPI document', () => {
  test('has every door, each with a sentence', async () => {
    const { openapi, paths } = await read()
    expect(openapi).toBe('3.0.3')
    const doors = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(doors).toEqual(
      expect.arrayContaining([
        'GET /health',
        'GET /ready',
        'GET /api/v1/info',
        'GET /api/v1/namespaces',
        'GET /api/v1/config',
        'PUT /api/v1/config',
        'GET /api/v1/schedule',
        'POST /api/v1/login',
        'POST /api/v1/logout',
        ...['tasks', 'crontasks', 'agents', 'agenttemplates'].flatMap((plural) => [
          `GET /api/v1/${plural}`,
          `GET /api/v1/namespaces/{namespace}/${plural}`,
          `POST /api/v1/namespaces/{namespace}/${plural}`,
          ...['GET', 'PUT', 'DELETE'].map((method) => `${method} /api/v1/namespaces/{namespace}/${plural}/{name}`),
        ]),
        'POST /api/v1/namespaces/{namespace}/tasks/{name}/stop',
        'GET /api/v1/namespaces/{namespace}/tasks/{name}/logs',
        'GET /api/v1/namespaces/{namespace}/tasks/{name}/session',
        'GET /api/v1/namespaces/{namespace}/tasks/{name}/session/messages',
        'POST /api/v1/namespaces/{namespace}/crontasks/{name}/suspend',
        'POST /api/v1/namespaces/{namespace}/crontasks/{name}/resume',
        'POST /api/v1/namespaces/{namespace}/crontasks/{name}/trigger',
        'GET /api/v1/namespaces/{namespace}/crontasks/{name}/history',
        'POST /api/v1/namespaces/{namespace}/agents/{name}/suspend',
        'POST /api/v1/namespaces/{namespace}/agents/{name}/resume',
        'PATCH /api/v1/namespaces/{namespace}/agents/{name}/proxy/{path}',
        'GET /api/v1/namespaces/{namespace}/agents/{name}/terminal',
      ]),
    )
    for (const methods of Object.values(paths))
      for (const { summary } of Object.values(methods)) expect(summary).toBeTruthy()
  })

  test('points only to what it has', async () => {
    const document = await read()
    const found = new Set(references(document))
    expect(found.size).toBeGreaterThan(10)
    for (const reference of found) {
      const at = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document)
      expect(at, reference).toBeDefined()
    }
  })

  test('names each segment of a path', async () => {
    const { paths } = await read()
    for (const [path, methods] of Object.entries(paths))
      for (const { parameters } of Object.values(methods)) {
        const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
        expect(named, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      }
  })

  test('has the kinds as the apiserver has them', async () => {
    const { components } = await read()
    const { Task, TaskList } = components.schemas
    expect(Task?.properties).toMatchObject({ spec: { properties: { description: { type: 'string' } } } })
    expect(TaskList?.properties).toMatchObject({ items: { items: { $ref: '#/components/schemas/Task' } } })
  })

  test('says numbers and bounds of parameters', async () => {
    const { paths } = await read()
    const { parameters } = paths['/api/v1/tasks']?.['get'] ?? { parameters: [] }
    expect(parameters.find(({ name }) => name === 'limit')?.schema).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 500,
    })
  })

  test('says what is open, and where it is mounted', async () => {
    const { paths, servers } = await read('/koc')
    expect(paths['/health']?.['get']?.security).toEqual([])
    expect(paths['/api/v1/tasks']?.['get']?.security).toBeUndefined()
    expect(servers).toEqual([{ url: '/koc' }])
  })
})
