import type { Kind } from '../../../shared/kubernetes.ts'
import { resourceText } from './object.ts'

/** What a request is answered with. */
export interface Result {
  readonly code: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal on its way out of the verbs; its result is the answer. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly result: Result
  constructor(result: Result) {
    super(`refused with ${result.code}`)
    this.result = result
  }
}

/** A metav1.Status. */
export const status = (code: number, reason: string, message: string, details: object = {}): Result => ({
  code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code },
})

export const missing = (kind: Kind, name: string): Result =>
  status(404, 'NotFound', `${resourceText(kind)} "${name}" not found`, { name })

export const notFound = (kind: Kind, name: string): Refused => new Refused(missing(kind, name))

export const alreadyExists = (kind: Kind, name: string): Refused =>
  new Refused(status(409, 'AlreadyExists', `${resourceText(kind)} "${name}" already exists`, { name }))

export const conflict = (kind: Kind, name: string, why: string): Refused =>
  new Refused(status(409, 'Conflict', `Operation cannot be fulfilled on ${resourceText(kind)} "${name}": ${why}`))

export const outdated = (kind: Kind, name: string): Refused =>
  conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const invalid = (kind: Kind, name: string, why: string): Refused =>
  new Refused(status(422, 'Invalid', `${kind} "${name}" is invalid: ${why}`, { name }))

export const badRequest = (why: string): Refused => new Refused(status(400, 'BadRequest', why))
