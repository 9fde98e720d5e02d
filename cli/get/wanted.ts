import { GROUP } from '../../crds/names.ts'
import type { NamedKind } from '../cluster/kinds.ts'
import { kindOf, kindsOf } from '../cluster/kinds.ts'
import { UsageError } from '../errors.ts'

/** What one command shows: a collection, or objects by name. */
export interface Wanted {
  readonly kind: NamedKind
  /** Undefined: all that are selected. */
  readonly names?: readonly string[]
}

/** `agents`, `agents,tasks`, `task a b`, `task/a agent/b`. */
export const wantedOf = ([first = '', ...rest]: readonly string[]): readonly Wanted[] => {
  if (first === '') throw new UsageError('say what to get: agents, tasks, crontasks or agenttemplates')
  if ([first, ...rest].some((word) => word.includes('/'))) {
    return [first, ...rest].map((word) => {
      const [type = '', name = '', ...more] = word.split('/')
      if (type === '' || name === '' || more.length > 0)
        throw new UsageError(`"${word}" is no KIND/NAME: give all of them in this form, such as task/fix-the-tests`)
      return { kind: kindOf(type), names: [name] }
    })
  }
  const kinds = kindsOf(first)
  if (rest.length > 0 && kinds.length > 1)
    throw new UsageError(
      `names belong to one kind: say ${rest.map((name) => `${kinds[0]?.words[1]}/${name}`).join(' ')}`,
    )
  return kinds.map((kind) => ({ kind, ...(rest.length > 0 && { names: rest }) }))
}

/** `task.kubeopencode.io/fix`, which kubectl understands too. */
export const qualified = ({ words: [, singular] }: NamedKind, name: string): string => `${singular}.${GROUP}/${name}`
