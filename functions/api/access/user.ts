import * as z from 'zod'
import type { Apiserver } from '../apiserver.ts'
import { jsonOf } from '../objects/answer.ts'
import { granted } from '../problem.ts'

export const User = z.object({
  username: z.string().describe('As the apiserver knows the caller.'),
  groups: z.array(z.string()).describe('Groups of the caller.'),
})
export type User = z.infer<typeof User>

const Review = z.object({
  status: z.object({
    userInfo: z.object({ username: z.string().default(''), groups: z.array(z.string()).default([]) }),
  }),
})

/** Whom the apiserver takes the caller for. Throws its Problem for a token it does not know. */
export const userOf = async (apiserver: Apiserver): Promise<User> => {
  const response = await apiserver({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  return Review.parse(await jsonOf(await granted(response))).status.userInfo
}
