import * as z from 'zod'
import type { Task } from '../../../crds/task.ts'
import { TaskSession } from '../../../crds/task.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { AgentServer } from '../agents/server.ts'
import { agentServer, serverJson } from '../agents/server.ts'
import { sessionTitle } from '../../workload/names.ts'
import { placeOf } from '../inputs.ts'
import { readObject } from '../objects/write.ts'
import { Problem } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'

const base = '/api/v1/namespaces/{namespace}/tasks/{name}/session'

const SessionAnswer = TaskSession.extend({
  state: z.enum(['busy', 'idle', 'retry']).describe('What the session does now.'),
  todo: z.array(z.unknown()).describe("The agent's own list, as OpenCode has it."),
})

const Session = z.object({ id: z.string().min(1).max(256), title: z.string() })

/** The session that the Agent's server has for the Task: by its id where the status has one, else by its title. */
const sessionIdOf = async (server: AgentServer, agent: string, task: Task): Promise<string> => {
  const { name, namespace = '', uid = '' } = task.metadata
  if (task.status?.session) return task.status.session.id
  const title = sessionTitle(namespace, name, uid)
  const query = new URLSearchParams({ search: title, limit: '20' })
  const found = z
    .array(z.unknown())
    .catch([])
    .parse(await serverJson(server, agent, `/session?${query}`))
  const session = found.flatMap((one) => Session.safeParse(one).data ?? []).find((one) => one.title === title)
  if (session) return session.id
  throw new Problem(404, 'NotFound', `Task ${namespace}/${name} has no session yet: it begins when the Task runs`)
}

/** Finds the Task's session, with the caller's rights to the Agent's server. */
const sessionOf = async (c: ApiContext) => {
  const { namespace, name } = placeOf(c)
  const { apiserver } = c.var
  const task = await readObject<Task>(apiserver, pathOf('Task', namespace, name))
  const agent = task.spec.agentRef?.name
  if (agent === undefined)
    throw new Problem(
      404,
      'NotFound',
      `Task ${namespace}/${name} ran from a template, in a Pod of its own: its session ended with the Pod, and its log is what there is`,
    )
  const server = await agentServer(apiserver, namespace, agent)
  const id = await sessionIdOf(server, `${namespace}/${agent}`, task)
  return { task, server, agent: `${namespace}/${agent}`, id, path: `/session/${encodeURIComponent(id)}` }
}

const States = z.record(z.string(), z.object({ type: z.string() }).catch({ type: '' })).catch({})

const session: Route = {
  method: 'GET',
  path: base,
  summary: "The Task's session on its Agent's server: what it does now and what came of it",
  answer: { shape: SessionAnswer },
  handle: async (c) => {
    const { task, server, agent, id, path } = await sessionOf(c)
    const [found, states, todo] = await Promise.all([
      serverJson(server, agent, path),
      serverJson(server, agent, '/session/status'),
      serverJson(server, agent, `${path}/todo`).catch(() => []),
    ])
    const state = States.parse(states)[id]?.type
    const answer: z.infer<typeof SessionAnswer> = {
      ...task.status?.session,
      id,
      title: Session.safeParse(found).data?.title ?? '',
      state: state === 'busy' || state === 'retry' ? state : 'idle',
      todo: Array.isArray(todo) ? todo : [],
    }
    return c.json(answer)
  },
}

const messages: Route = {
  method: 'GET',
  path: `${base}/messages`,
  summary:
    'The transcript, as OpenCode has it: it is there as long as the Agent keeps its sessions, also when the Pod is gone',
  answer: { shape: z.array(z.unknown()) },
  handle: async (c) => {
    const { server, agent, path } = await sessionOf(c)
    const found = await serverJson<unknown>(server, agent, `${path}/message`)
    if (!Array.isArray(found))
      throw new Problem(503, 'ServiceUnavailable', `the server of Agent ${agent} answers with no list of messages`)
    return c.json(found)
  },
}

export const sessionRoutes: readonly Route[] = [session, messages]
