import { configObject, holdsVariable, isBareVariable } from '../../crds/config-text.ts'
import { fieldOf, valueAt } from '../field-path.ts'
import { wordOf, wordOfValue } from '../json-words.ts'
import type { ValidationError } from './generated/validate.js'
import { validate } from './generated/validate.js'
import { clearSecrets } from './secrets.ts'

/** Something about one place of a configuration: a sentence that goes on from its path and ends with the remedy. */
export interface ConfigNote {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export interface ConfigNotes {
  /** OpenCode would not start. */
  readonly faults: readonly ConfigNote[]
  /** OpenCode starts, but not as the user will think. */
  readonly warnings: readonly ConfigNote[]
}

/** Deeper than OpenCode's configuration ever is, and shallow enough for a function that walks it. */
const deepest = 100

/** Nobody corrects more at once. */
const mostNotes = 20

const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1)))

/** The steps of a JSON pointer; a step into a list is a number. */
const pathOf = (pointer: string, root: unknown): (string | number)[] => {
  const path: (string | number)[] = []
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(root, path)) ? Number(key) : key)
  }
  return path
}

const listed = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(', ') : String(values))

const wanted = ({ type }: ValidationError['params']): string =>
  (Array.isArray(type) ? type : [type]).map((one) => wordOf(String(one))).join(' or ')

const sentence = ({ keyword, params }: ValidationError, value: unknown): string => {
  switch (keyword) {
    case 'type':
      return `must be ${wanted(params)}, but is ${wordOfValue(value)}`
    case 'enum': {
      const allowed = params['allowedValues']
      return `must be ${Array.isArray(allowed) && allowed.length > 1 ? 'one of ' : ''}${listed(allowed)}`
    }
    case 'pattern':
      return `must match ${String(params['pattern'])}`.replaceAll('$|^', ' or ').replace(/[$^]/g, '')
    case 'required':
      return 'is required'
    case 'minimum':
      return `must be at least ${String(params['limit'])}`
    case 'exclusiveMinimum':
      return `must be greater than ${String(params['limit'])}`
    case 'maximum':
      return `must be at most ${String(params['limit'])}`
    case 'minItems':
      return `must have at least ${String(params['limit'])} items`
    case 'maxItems':
      return `must have at most ${String(params['limit'])} items`
    default:
      return `breaks the rule ${keyword} of OpenCode's configuration`
  }
}

const unknownField = 'is not known to OpenCode and has no effect: check its spelling and its place'

/** Only the fault of the type, where a value is of another type than its other rules are about. */
const withoutConsequences = (errors: readonly ValidationError[]): ValidationError[] => {
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath))
  return errors.filter(
    ({ keyword, instancePath }) => keyword !== 'if' && (keyword === 'type' || !mistyped.has(instancePath)),
  )
}

type Noted = { readonly fault?: ConfigNote; readonly warning?: ConfigNote }

const noteOf = (error: ValidationError, root: object): Noted => {
  const path = pathOf(error.instancePath, root)
  const value = valueAt(root, path)
  const { missingProperty, additionalProperty } = error.params
  if (error.keyword === 'additionalProperties')
    return { warning: { path: [...path, String(additionalProperty)], message: unknownField } }
  if (typeof missingProperty === 'string')
    return { fault: { path: [...path, missingProperty], message: sentence(error, value) } }
  if (typeof value !== 'string' || !(isBareVariable(value) || holdsVariable(value)))
    return { fault: { path, message: sentence(error, value) } }
  // What a variable holds is known to OpenCode alone; but in quotes it stays a text.
  if (error.keyword !== 'type' || isBareVariable(value)) return {}
  const message = `stays a text when its variable is filled in, but must be ${wanted(error.params)}: write the value itself`
  return { warning: { path, message } }
}

/**
 * What OpenCode of the pinned version would say to `config`, a JSON text or an object. The values stay here: no note
 * quotes one, because a configuration may hold what should not be in a message.
 */
export const checkConfig = (config: unknown): ConfigNotes => {
  const root = typeof config === 'string' ? configObject(config) : config
  const refused = (message: string): ConfigNotes => ({ faults: [{ path: [], message }], warnings: [] })
  if (typeof root !== 'object' || root === null || Array.isArray(root))
    return refused('must be a JSON object, such as {"model": "provider/model"}')
  if (isDeeperThan(root, deepest)) return refused(`must not be nested more than ${deepest} levels deep`)
  validate(root)
  const notes = withoutConsequences(validate.errors ?? []).map((error) => noteOf(error, root))
  return {
    faults: notes.flatMap(({ fault }) => fault ?? []).slice(0, mostNotes),
    warnings: [...notes.flatMap(({ warning }) => warning ?? []), ...clearSecrets(root)].slice(0, mostNotes),
  }
}

/** The faults of `config` as one sentence for a condition; undefined where OpenCode can start with it. */
export const configFault = (config: unknown): string | undefined => {
  if (config === undefined || config === '') return undefined
  const { faults } = checkConfig(config)
  if (faults.length === 0) return undefined
  return faults.map(({ path, message }) => `${fieldOf(['spec', 'config', ...path])}: ${message}`).join('; ')
}
