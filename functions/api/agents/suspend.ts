import type { Agent } from '../../../crds/agent.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import { resumeAgent, suspendAgent } from '../../../shared/requests.ts'
import type { ObjectList } from '../objects/answer.ts'
import { answer, bare } from '../objects/answer.ts'
import { patchObject, readObject } from '../objects/write.ts'
import { placeOf } from '../inputs.ts'
import { Problem } from '../problem.ts'
import type { Route } from '../route.ts'

const base = '/api/v1/namespaces/{namespace}/agents/{name}'

export const suspendRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${base}/suspend`,
    summary: 'Scale the server to nothing; refused with 409 while Tasks run',
    answer: { shape: 'Agent' },
    handle: async (c) => {
      const { namespace, name } = placeOf(c)
      const running = new URLSearchParams({
        fieldSelector: `spec.agentRef.name=${name},status.phase=Running`,
        limit: '3',
      })
      const { items } = await readObject<ObjectList & object>(
        c.var.apiserver,
        `${pathOf('Task', namespace)}?${running}`,
      )
      if (items.length > 0)
        throw new Problem(
          409,
          'Conflict',
          `Agent ${namespace}/${name} is at work for ${items.map(({ metadata }) => `Task ${metadata?.name}`).join(', ')}: wait until they end, or stop them first`,
        )
      const agent = await patchObject<Agent>(c.var.apiserver, pathOf('Agent', namespace, name), suspendAgent)
      return answer(c, bare(agent))
    },
  },
  {
    method: 'POST',
    path: `${base}/resume`,
    summary: 'Start the server again',
    answer: { shape: 'Agent' },
    handle: async (c) => {
      const { namespace, name } = placeOf(c)
      return answer(c, bare(await patchObject<Agent>(c.var.apiserver, pathOf('Agent', namespace, name), resumeAgent)))
    },
  },
]
