import * as z from 'zod'
import { GROUP } from '../../crds/names.ts'
import { segmentOf } from './inputs.ts'
import type { Route } from './route.ts'
import type { Access } from './streams/still-allowed.ts'
import { mayStill } from './streams/still-allowed.ts'

const own = (resource: string, ...verbs: string[]): [string, Access][] =>
  verbs.map((verb) => [`${verb} ${resource}`, { verb, group: GROUP, resource }])

/** What a client offers or leaves out, in the words of RBAC. */
const asked: ReadonlyMap<string, Access> = new Map<string, Access>([
  ...own('tasks', 'list', 'create', 'patch', 'update', 'delete'),
  ...own('crontasks', 'list', 'create', 'patch', 'update', 'delete'),
  ...own('agents', 'list', 'create', 'patch', 'update', 'delete'),
  ...own('agenttemplates', 'list', 'create', 'update', 'delete'),
  // Of the cluster and not of the namespace that is asked about.
  ['update kubeopencodeconfigs', { verb: 'update', group: GROUP, resource: 'kubeopencodeconfigs', namespace: '' }],
  ['get pods/log', { verb: 'get', resource: 'pods', subresource: 'log' }],
  ['create pods/exec', { verb: 'create', resource: 'pods', subresource: 'exec' }],
  ['get services/proxy', { verb: 'get', resource: 'services', subresource: 'proxy' }],
  ['create services/proxy', { verb: 'create', resource: 'services', subresource: 'proxy' }],
  ['get secrets', { verb: 'get', resource: 'secrets' }],
  ['list events', { verb: 'list', group: 'events.k8s.io', resource: 'events' }],
])

const Rights = z.object({
  allowed: z.array(z.string()).describe('What the caller may do in the namespace, such as "create tasks".'),
  denied: z.array(z.string()).describe('The rest of what a client asks about.'),
})

export const rightsRoute: Route = {
  method: 'GET',
  path: '/api/v1/namespaces/{namespace}/rights',
  summary: 'What the caller may do here, so that a client offers nothing that would be refused',
  answer: { shape: Rights },
  handle: async (c) => {
    const namespace = segmentOf(c, 'namespace')
    const answers = await Promise.all(
      [...asked].map(async ([name, access]) => ({
        name,
        isAllowed: await mayStill(c.var.apiserver, { namespace, ...access }),
      })),
    )
    const names = (isAllowed: boolean) => answers.flatMap((one) => (one.isAllowed === isAllowed ? [one.name] : []))
    const rights: z.infer<typeof Rights> = { allowed: names(true), denied: names(false) }
    return c.json(rights)
  },
}
