/** One line of a form. What is written there stands at `path` of the object, such as `spec.timeout`. */
export interface Field {
  readonly path: string
  readonly label: string
  readonly help?: string
  readonly placeholder?: string
  readonly type: 'line' | 'area' | 'number' | 'choice' | 'who' | 'template' | 'schedule' | 'zone' | 'contexts'
  readonly options?: readonly string[]
  readonly isNeeded?: boolean
  /** Needed as long as nothing stands at this path. */
  readonly isNeededWithout?: string
}

/** What is written in a form, by paths; a number in a path is an index. */
export type Values = Readonly<Record<string, string>>

export interface Fault {
  readonly field: string
  readonly message: string
}

type Place = Record<string, unknown> | unknown[]

/** Who does a Task is one choice for people and one of two fields for the apiserver. */
const whoPath = (path: string, value: string): [string, string] => {
  const [kind = '', name = ''] = value.split('/')
  return [`${path}.${kind === 'template' ? 'templateRef' : 'agentRef'}.name`, name]
}

const place = (object: Record<string, unknown>, path: string, value: unknown): void => {
  const steps = path.split('.')
  let at: Place = object
  for (const [index, step] of steps.entries()) {
    const here = at as Record<string, unknown>
    if (index === steps.length - 1) here[step] = value
    else {
      here[step] ??= /^\d+$/.test(steps[index + 1] ?? '') ? [] : {}
      at = here[step] as Place
    }
  }
}

/** A number where one is written; anything else goes as it is, so that the apiserver can say what is wrong with it. */
const numberOf = (text: string): number | string => (/^-?\d+$/.test(text) ? Number(text) : text)

/** The object that a form describes; a field that is left empty is left out. */
export const objectOf = (
  kind: string,
  namespace: string,
  fields: readonly Field[],
  values: Values,
): Record<string, unknown> => {
  const object = { apiVersion: 'kubeopencode.io/v1alpha1', kind, metadata: { namespace } }
  for (const { path, type } of fields) {
    if (type === 'contexts') {
      for (const [key, value] of Object.entries(values))
        if (key.startsWith(`${path}.`) && value !== '') place(object, key, value)
      continue
    }
    const value = values[path] ?? ''
    if (value === '') continue
    if (type === 'who') place(object, ...whoPath(path, value))
    else place(object, path, type === 'number' ? numberOf(value) : value)
  }
  return object
}

const stands = (fault: string, path: string): boolean =>
  fault === path || fault.startsWith(`${path}.`) || fault.startsWith(`${path}[`)

/** `spec.contexts[0].text` as the paths of a form have it. */
const plainPath = (field: string): string => field.replaceAll(/\[(\d+)\]/g, '.$1')

const isAt = ({ path, type }: Field, fault: string): boolean =>
  type === 'who'
    ? fault === path || stands(fault, `${path}.agentRef`) || stands(fault, `${path}.templateRef`)
    : type === 'template'
      ? stands(fault, path.replace(/\.name$/, ''))
      : stands(fault, path)

/** The faults by the field they are shown at; those of no field are under the empty path. */
export const faultsByField = (
  fields: readonly Field[],
  faults: readonly Fault[],
): ReadonlyMap<string, readonly Fault[]> => {
  const found = new Map<string, Fault[]>()
  for (const { field, message } of faults) {
    const at = plainPath(field)
    const path = fields.find((one) => isAt(one, at))?.path ?? ''
    found.set(path, [...(found.get(path) ?? []), { field: at, message }])
  }
  return found
}

/** Five letters and digits that make a name one of its own. */
export const suffix = (random = Math.random()): string => random.toString(36).slice(2, 7).padEnd(5, '0')

/** A name for another one like it, as long as names of Tasks may be. */
export const nameLike = (name: string, ending = suffix()): string =>
  `${name.slice(0, 63 - ending.length - 1).replace(/[-.]+$/, '')}-${ending}`
