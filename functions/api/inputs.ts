import * as z from 'zod'
import { fieldOf } from '../../shared/field-path.ts'
import { badRequest } from './problem.ts'
import type { ApiContext } from './route.ts'

export const flag = z
  .enum(['1', 'true', '0', 'false', ''])
  .optional()
  .transform((text) => text === '1' || text === 'true')

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be a whole number from ${least} to ${most}`)
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined })

export const Output = z.enum(['json', 'yaml']).optional().describe('Form of the answer; json without it.')

/** Every parameter, checked. Throws a Problem that names the one that is wrong, also one that is not known. */
export const queryOf = <S extends z.ZodObject>(c: ApiContext, schema: S): z.output<S> => {
  const found: Record<string, string> = {}
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (values.length > 1)
      throw badRequest(`the parameter ${name.slice(0, 64)} is given ${values.length} times; give it once`)
    found[name] = values[0] ?? ''
  }
  const parsed = z.strictObject(schema.shape).safeParse(found)
  if (parsed.success) return parsed.data as z.output<S>
  const causes = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          field: key.slice(0, 64),
          message: `is not a parameter here; there are ${Object.keys(schema.shape).join(', ')}`,
        }))
      : [{ field: fieldOf(issue.path), message: issue.message }],
  )
  throw badRequest(causes.map(({ field, message }) => `parameter ${field}: ${message}`).join('; '), causes)
}

const subdomain = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** A segment that names a namespace or an object; whatever is no such name never reaches the apiserver. */
export const segmentOf = (c: ApiContext, name: 'namespace' | 'name'): string => {
  const value = c.req.param(name) ?? ''
  if ((name === 'namespace' ? label : subdomain).test(value) && !value.includes('..')) return value
  throw badRequest(
    `${JSON.stringify(value.slice(0, 64))} is no ${name === 'namespace' ? 'name of a namespace' : 'name of an object'}`,
  )
}

export const placeOf = (c: ApiContext): { namespace: string; name: string } => ({
  namespace: segmentOf(c, 'namespace'),
  name: segmentOf(c, 'name'),
})
