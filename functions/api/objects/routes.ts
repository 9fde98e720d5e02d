import { CONFIG_NAME } from '../../../crds/names.ts'
import { resources } from '../../../shared/kubernetes.ts'
import type { Route } from '../route.ts'
import { ListQuery, listOf } from './list.ts'
import type { ServedKind } from './served.ts'
import { servedKinds } from './served.ts'
import { createOne, deleteOne, getOne, ReadQuery, replaceOne, WriteQuery } from './write.ts'

const routesOf = (kind: ServedKind): Route[] => {
  const { plural } = resources[kind]
  const everywhere = `/api/v1/${plural}`
  const inNamespace = `/api/v1/namespaces/{namespace}/${plural}`
  const one = `${inNamespace}/{name}`
  const list = { query: ListQuery, answer: { shape: `${kind}List` as const }, handle: listOf(kind) }
  return [
    { method: 'GET', path: everywhere, summary: `${plural} of all namespaces`, ...list },
    { method: 'GET', path: inNamespace, summary: `${plural} of a namespace`, ...list },
    {
      method: 'POST',
      path: inNamespace,
      summary: `Make a ${kind}`,
      query: WriteQuery,
      body: kind,
      answer: { status: 201, shape: kind },
      handle: createOne(kind),
    },
    {
      method: 'GET',
      path: one,
      summary: `One ${kind}`,
      query: ReadQuery,
      answer: { shape: kind },
      handle: getOne(kind),
    },
    {
      method: 'PUT',
      path: one,
      summary: `Replace a ${kind}; If-Match takes the ETag of what was read`,
      query: WriteQuery,
      body: kind,
      answer: { shape: kind },
      handle: replaceOne(kind),
    },
    {
      method: 'DELETE',
      path: one,
      summary: `Delete a ${kind} and what was made for it`,
      query: WriteQuery,
      answer: { type: 'application/json' },
      handle: deleteOne(kind),
    },
  ]
}

const config = 'KubeOpenCodeConfig'

const configRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/config',
    summary: 'Settings of the cluster',
    query: ReadQuery,
    answer: { shape: config },
    handle: getOne(config, CONFIG_NAME),
  },
  {
    method: 'PUT',
    path: '/api/v1/config',
    summary: 'Replace the settings of the cluster; makes them where there are none',
    query: WriteQuery,
    body: config,
    answer: { shape: config },
    handle: replaceOne(config, CONFIG_NAME),
  },
]

export const objectRoutes: readonly Route[] = [...servedKinds.flatMap(routesOf), ...configRoutes]
