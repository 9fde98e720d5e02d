import type * as z from 'zod'
import type { Kind } from '../crds/kind.ts'

/** The write an object comes with: what it replaces, and who makes it. */
export interface Writing {
  readonly prior?: unknown
  readonly user?: string | undefined
}

/** Gives the object as it should be stored. Pure; the same object where nothing is to change. */
export type Mutate = (object: unknown, writing?: Writing) => unknown

/**
 * A mutating hook returns, it does not edit. It sees only what its kind's schema accepts: what cannot be read passes
 * as it is, and the validating hook refuses it with a path.
 */
export const mutate =
  <S extends z.ZodType>({ object: schema }: Kind<S>, change: (object: z.input<S>) => z.input<S>): Mutate =>
  (object) =>
    schema.safeParse(object).success ? change(object as z.input<S>) : object
