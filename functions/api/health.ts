import * as z from 'zod'
import { API_VERSION } from '../../crds/names.ts'
import { version } from '../../shared/images.ts'
import { userOf, User } from './access/user.ts'
import type { Apiserver } from './apiserver.ts'
import { jsonOf } from './objects/answer.ts'
import { granted, Problem } from './problem.ts'
import type { ApiContext, Route } from './route.ts'

const Health = z.object({ status: z.literal('ok') })

const Info = z.object({
  version: z.string().describe('Version of this server.'),
  apiVersion: z.string().describe('Group and version of the kinds.'),
  kubernetes: z.string().describe('Version of the apiserver.'),
  mode: z.enum(['token', 'local']).describe('How callers prove who they are.'),
  user: User.describe('The caller.'),
})

const isReady = async (apiserver: Apiserver): Promise<boolean> => {
  const response = await apiserver({ path: '/readyz' })
  await response.body?.cancel()
  // Where nobody may ask without a token, a refusal is a sign of life too.
  return response.ok || response.status === 401 || response.status === 403
}

export const healthRoutes = (mode: 'token' | 'local'): Route[] => [
  {
    method: 'GET',
    path: '/health',
    summary: 'Whether the server is alive',
    isOpen: true,
    answer: { shape: Health },
    handle: (c) => c.json({ status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/ready',
    summary: 'Whether the server reaches its apiserver',
    isOpen: true,
    answer: { shape: Health },
    handle: async (c) => {
      if (await isReady(c.var.apiserver)) return c.json({ status: 'ok' })
      throw new Problem(503, 'ServiceUnavailable', 'the apiserver is not ready')
    },
  },
  {
    method: 'GET',
    path: '/api/v1/info',
    summary: 'Versions, and who the caller is',
    answer: { shape: Info },
    handle: async (c: ApiContext) => {
      const { apiserver } = c.var
      const [user, kubernetes] = await Promise.all([
        userOf(apiserver),
        apiserver({ path: '/version' })
          .then(granted)
          .then((response) => jsonOf<{ gitVersion?: string }>(response)),
      ])
      const info: z.infer<typeof Info> = {
        version,
        apiVersion: API_VERSION,
        kubernetes: kubernetes.gitVersion ?? '',
        mode,
        user,
      }
      return c.json(info)
    },
  },
]
