import { annotations } from '../../crds/names.ts'
import { valueAt } from '../../shared/field-path.ts'
import type { Writing } from '../mutate.ts'

const annotationOf = (object: unknown, name: string): unknown => valueAt(object, ['metadata', 'annotations', name])

/**
 * The signature under an answer is the user's who writes it, and stays while the answer does: nobody signs for
 * another. Works on what was sent, so that an object which cannot be read is signed as well.
 */
export const withAnsweredBy = (object: unknown, { prior, user }: Writing): unknown => {
  const answer = annotationOf(object, annotations.answer)
  const isKept = answer !== undefined && answer === annotationOf(prior, annotations.answer)
  const signature = answer === undefined ? undefined : isKept ? annotationOf(prior, annotations.answeredBy) : user
  if (signature === annotationOf(object, annotations.answeredBy)) return object
  const { metadata, ...rest } = object as {
    readonly metadata: { readonly annotations?: Readonly<Record<string, unknown>> }
  }
  const { [annotations.answeredBy]: _forged, ...others } = metadata.annotations ?? {}
  const signed = { ...others, ...(signature !== undefined && { [annotations.answeredBy]: signature }) }
  return { ...rest, metadata: { ...metadata, annotations: signed } }
}
