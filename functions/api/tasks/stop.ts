import * as z from 'zod'
import type { Task } from '../../../crds/task.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import { stopTask } from '../../../shared/requests.ts'
import { placeOf, queryOf } from '../inputs.ts'
import { answer, bare } from '../objects/answer.ts'
import { patchObject } from '../objects/write.ts'
import { Problem } from '../problem.ts'
import type { Route } from '../route.ts'

const Query = z.object({
  uid: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('metadata.uid of the Task that is meant; 409 where another one has its name by now.'),
})

/** The apiserver calls another uid an invalid value of a field that cannot change, or a precondition that failed. */
const isOfAnother = (error: unknown): boolean =>
  error instanceof Problem &&
  ((error.code === 409 && error.message.includes('UID')) ||
    (error.code === 422 && error.causes.some(({ field }) => field === 'metadata.uid')))

export const stopRoute: Route = {
  method: 'POST',
  path: '/api/v1/namespaces/{namespace}/tasks/{name}/stop',
  summary: 'Ask a Task to end; it then counts as completed, with condition Stopped',
  query: Query,
  answer: { shape: 'Task' },
  handle: async (c) => {
    const { namespace, name } = placeOf(c)
    const { uid } = queryOf(c, Query)
    // The apiserver takes a patch with a uid for that object alone.
    const patch = { metadata: { ...stopTask.metadata, ...(uid !== undefined && { uid }) } }
    try {
      return answer(c, bare(await patchObject<Task>(c.var.apiserver, pathOf('Task', namespace, name), patch)))
    } catch (error) {
      if (uid === undefined || !isOfAnother(error)) throw error
      throw new Problem(
        409,
        'Conflict',
        `Task ${namespace}/${name} was deleted, and another one has its name by now: that one goes on`,
        { cause: error },
      )
    }
  },
}
