import { review, stored } from '../../webhooks/samples/reviews.ts'

/** JSON of the AdmissionReview `u1` for a new Task `team/fix`; `change` is laid over its request. */
export const taskReview = (change: object = {}): string => {
  const object = stored(
    'Task',
    'fix',
    { description: 'x', agentRef: { name: 'a' } },
    { metadata: { namespace: 'team' } },
  )
  const { request, ...head } = review('Task', { object, namespace: 'team' })
  return JSON.stringify({ ...head, request: { ...request, uid: 'u1', ...change } })
}
