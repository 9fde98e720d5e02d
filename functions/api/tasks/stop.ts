import type { Task } from '../../../crds/task.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import { stopTask } from '../../../shared/requests.ts'
import { placeOf } from '../inputs.ts'
import { answer, bare } from '../objects/answer.ts'
import { patchObject } from '../objects/write.ts'
import type { Route } from '../route.ts'

export const stopRoute: Route = {
  method: 'POST',
  path: '/api/v1/namespaces/{namespace}/tasks/{name}/stop',
  summary: 'Ask a Task to end; it then counts as completed, with condition Stopped',
  answer: { shape: 'Task' },
  handle: async (c) => {
    const { namespace, name } = placeOf(c)
    return answer(c, bare(await patchObject<Task>(c.var.apiserver, pathOf('Task', namespace, name), stopTask)))
  },
}
