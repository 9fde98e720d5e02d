import * as z from 'zod'
import { valueAt } from '../shared/field-path.ts'
import type { Fault } from './findings.ts'
import { faultText } from './findings.ts'
import type { PatchStep } from './json-patch.ts'

const AnyObject = z.looseObject({})

const common = {
  uid: z.string().min(1).max(128),
  kind: z.object({ group: z.string(), kind: z.string() }).optional(),
  namespace: z.string().optional(),
  subResource: z.string().optional(),
  dryRun: z.boolean().optional(),
  userInfo: z
    .object({ username: z.string().max(1024) })
    .optional()
    .catch(undefined),
}

/**
 * The parts of an AdmissionReview that are read (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/).
 * Who can reach this address can write anything into userInfo: it gives no right, and goes into nothing but the answer.
 */
export const AdmissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.discriminatedUnion('operation', [
    z.object({ ...common, operation: z.literal('CREATE'), object: AnyObject }),
    z.object({ ...common, operation: z.literal('UPDATE'), object: AnyObject, oldObject: AnyObject }),
    z.object({ ...common, operation: z.literal('DELETE'), oldObject: AnyObject }),
  ]),
})
export type AdmissionRequest = z.infer<typeof AdmissionReview>['request']

const nameOf = (request: AdmissionRequest): string | undefined => {
  const name = valueAt(request.operation === 'DELETE' ? request.oldObject : request.object, ['metadata', 'name'])
  return typeof name === 'string' ? name : undefined
}

export interface Verdict {
  readonly faults?: readonly Fault[]
  readonly warnings?: readonly string[]
  readonly patch?: readonly PatchStep[]
}

export const allow: Verdict = {}

/** What an apiserver shows of one warning, and of all of them together. */
const longestWarning = 256
const mostWarnings = 15

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`)

/** As the apiserver's own refusals are: with kind and name kubectl says `The Task "x" is invalid` and lists the causes. */
const denial = (request: AdmissionRequest, faults: readonly Fault[]) => ({
  code: 422,
  reason: 'Invalid',
  status: 'Failure',
  message: faults.map(faultText).join('; '),
  details: {
    ...request.kind,
    name: nameOf(request),
    causes: faults.map(({ field, message }) => ({ reason: 'FieldValueInvalid', field, message })),
  },
})

/** base64 of JSON. Everything beyond ASCII is escaped, which is the same JSON and all that btoa takes. */
const encoded = (patch: readonly PatchStep[]): string =>
  btoa(
    JSON.stringify(patch).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  )

/** The AdmissionReview that answers `request`. */
export const answer = (request: AdmissionRequest, { faults = [], warnings = [], patch = [] }: Verdict) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {
    uid: request.uid,
    allowed: faults.length === 0,
    ...(faults.length > 0 && { status: denial(request, faults) }),
    ...(warnings.length > 0 && { warnings: warnings.slice(0, mostWarnings).map((text) => cut(text, longestWarning)) }),
    ...(patch.length > 0 && { patchType: 'JSONPatch', patch: encoded(patch) }),
  },
})
