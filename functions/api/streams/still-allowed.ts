import type { Apiserver } from '../apiserver.ts'
import { jsonOf } from '../objects/answer.ts'
import { granted } from '../problem.ts'

export interface Access {
  readonly verb: string
  readonly group?: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string | undefined
  readonly name?: string
}

/** Asks the apiserver whether the caller may do it. Throws the Problem of a token that is known no more. */
export const mayStill = async (apiserver: Apiserver, access: Access): Promise<boolean> => {
  const review = await apiserver({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: access },
    },
  })
  const { status } = await jsonOf<{ status?: { allowed?: boolean } }>(await granted(review))
  return status?.allowed === true
}
