// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
/** The part of JSON Schema that OpenCode's configuration is written in. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
  readonly else?: Schema
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly description?: string
  readonly [keyword: string]: unknown
}

export type Schemas = Readonly<Record<string, Schema>>

const REFERENCE = '#/components/schemas/'

const typeOf = ({ type }: Schema): string => {
  if (typeof type !== 'string') throw new Error('a side of anyOf has no type: simplify.ts must learn what that means')
  return type
}

const entriesOf = (schema: Schema): [string, Schema][] => Object.entries(schema.properties ?? {})

/** Fields that can have only one value, which therefore tell the sides of a union apart. */
const fixedFields = (schema: Schema): [string, unknown][] =>
  entriesOf(schema).flatMap(([name, field]) =>
    field.enum?.length === 1 && schema.required?.includes(name) ? [[name, field.enum[0]] as [string, unknown]] : [],
  )

/** What an object must have for `side` to be meant. */
const condition = (side: Schema): Schema => ({
  required: side.required ?? [],
  properties: Object.fromEntries(fixedFields(side).map(([name, value]) => [name, { enum: [value] }])),
})

/** Only what tells that `side` is meant, not all that it requires: what it lacks beyond that is told as its fault. */
const telling = (side: Schema): Schema => {
  const fixed = fixedFields(side)
  return fixed.length === 0 ? condition(side) : { ...condition(side), required: fixed.map(([name]) => name) }
}

/** One of several kinds of objects: the first that is meant is asked for, so that a fault is a fault of that one. */
const chain = (sides: readonly Schema[]): Schema => {
  const ordered = sides.toSorted((a, b) => entriesOf(b).length - entriesOf(a).length)
  const fixed = ordered.flatMap(fixedFields)
  const name = fixed.map(([field]) => field).find((field, index, all) => all.indexOf(field) < index)
  // Where one field tells most sides apart, an object that fits none is asked for that field.
  const otherwise: Schema | undefined =
    name === undefined
      ? ordered.pop()
      : {
          required: [name],
          properties: { [name]: { enum: fixed.flatMap(([field, value]) => (field === name ? [value] : [])) } },
        }
  return ordered.reduceRight<Schema>((rest, side) => ({ if: telling(side), then: side, else: rest }), otherwise ?? {})
}

const oneText = (sides: readonly Schema[]): Schema => {
  if (sides.some((side) => side.enum === undefined && side.pattern === undefined)) return {}
  if (sides.every((side) => side.pattern === undefined)) return { enum: sides.flatMap((side) => side.enum ?? []) }
  const patterns = sides.flatMap((side) => side.pattern ?? (side.enum ?? []).map((value) => `^${String(value)}$`))
  return { pattern: patterns.join('|') }
}

const withoutType = (schema: Schema): Schema => {
  const { type: _type, ...rest } = schema
  return rest
}

const oneOfType = (type: string, sides: readonly Schema[]): Schema => {
  if (type === 'string') return oneText(sides)
  const [first = {}] = sides
  if (sides.length === 1) return withoutType(first)
  if (type === 'object') return chain(sides)
  throw new Error(`several sides of an anyOf are of type ${type}: simplify.ts must learn what that means`)
}

/**
 * Schemas, for `$defs`, that say the same without anyOf and with no rule twice. A union becomes its types, and for each type what
 * holds there: so one fault of a configuration is one error of the validator, and the error says what to do.
 */
export const simplified = (schemas: Schemas): Schemas => {
  const resolved = (schema: Schema): Schema => {
    const found = schema.$ref === undefined ? schema : schemas[schema.$ref.replace(REFERENCE, '')]
    if (!found) throw new Error(`${schema.$ref} is not among the schemas`)
    if (found.$ref !== undefined) return resolved(found)
    return found
  }

  const union = (sides: readonly Schema[]): Schema => {
    const flat = sides.map(resolved).flatMap((side) => side.anyOf?.map(resolved) ?? [side])
    const groups = [...Map.groupBy(flat.map(simple), typeOf)]
    const rules = groups.flatMap(([type, group]) => {
      const rule = oneOfType(type, group)
      return Object.keys(rule).length === 0 ? [] : [{ if: { type }, then: rule }]
    })
    return { type: groups.map(([type]) => type), ...(rules.length > 0 && { allOf: rules }) }
  }

  const mapped = (fields: Readonly<Record<string, Schema>>): Record<string, Schema> =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, simple(field)]))

  const simple = (given: Schema): Schema => {
    if (given.$ref !== undefined) return { $ref: given.$ref.replace(REFERENCE, '#/$defs/') }
    const { description: _, anyOf, properties, additionalProperties, items, prefixItems, ...rest } = given
    if (anyOf) return { ...rest, ...union(anyOf) }
    const others = typeof additionalProperties === 'object' ? simple(additionalProperties) : additionalProperties
    // A field that any other may stand in for is no rule of its own.
    const fields = Object.entries(mapped(properties ?? {})).filter(
      ([, field]) => JSON.stringify(field) !== JSON.stringify(others),
    )
    return {
      ...rest,
      ...(fields.length > 0 && { properties: Object.fromEntries(fields) }),
      ...(others !== undefined && { additionalProperties: others }),
      ...(items && { items: simple(items) }),
      ...(prefixItems && { prefixItems: prefixItems.map(simple) }),
    }
  }

  return mapped(schemas)
}
