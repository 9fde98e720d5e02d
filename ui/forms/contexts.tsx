import type { Fault, Values } from './fields.ts'
import type { ContextType } from './forms.ts'
import { contextFields } from './forms.ts'
import { Input } from './input.tsx'

const types = Object.keys(contextFields) as ContextType[]

/** Knowledge for the agent: any number, each of its own type. */
export const Contexts = ({
  path,
  values,
  faults,
  namespace,
  onChange,
}: {
  path: string
  values: Values
  faults: readonly Fault[]
  namespace: string
  onChange: (values: Values) => void
}) => {
  const count = Object.keys(values).filter((key) => key.startsWith(`${path}.`) && key.endsWith('.type')).length
  const others = Object.fromEntries(Object.entries(values).filter(([key]) => !key.startsWith(`${path}.`)))
  const rows = Array.from({ length: count }, (_, index) =>
    Object.entries(values).flatMap(([key, value]): [string, string][] =>
      key.startsWith(`${path}.${index}.`) ? [[key.slice(`${path}.${index}.`.length), value]] : [],
    ),
  )
  const write = (next: readonly (readonly [string, string][])[]): void =>
    onChange({
      ...others,
      ...Object.fromEntries(
        next.flatMap((row, index) => row.map(([key, value]): [string, string] => [`${path}.${index}.${key}`, value])),
      ),
    })
  return (
    <fieldset class="contexts">
      <legend>
        Contexts <span class="faint">optional</span>
      </legend>
      <p class="help">What the agent should know: text, files, repositories.</p>
      {rows.map((row, index) => {
        const here = `${path}.${index}`
        const found = Object.fromEntries(row)
        const type = (found['type'] ?? 'Text') as ContextType
        const own = faults.filter(({ field }) => field === here || field.startsWith(`${here}.`))
        const isOf = (fault: Fault, at: string): boolean => fault.field === `${here}.${at}`
        const shown = contextFields[type]
        const rest = own.filter((fault) => !shown.some(({ path: at }) => isOf(fault, at)))
        return (
          <div key={index} class="context">
            <div class="context-head">
              <select
                class="field"
                aria-label={`Type of context ${index + 1}`}
                value={type}
                onChange={(event) =>
                  write(rows.map((one, at) => (at === index ? [['type', event.currentTarget.value]] : one)))
                }
              >
                {types.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
              <button
                type="button"
                class="button small quiet"
                aria-label={`Remove context ${index + 1}`}
                onClick={() => write(rows.filter((_, at) => at !== index))}
              >
                Remove
              </button>
            </div>
            {type === 'Runtime' && <p class="help">Tells the agent where it runs and what it may expect there.</p>}
            {shown.map((field) => (
              <Input
                key={field.path}
                field={{ ...field, path: `${here}.${field.path}` }}
                value={found[field.path] ?? ''}
                faults={own.filter((fault) => isOf(fault, field.path))}
                namespace={namespace}
                timeZone=""
                onChange={(value) => onChange({ ...values, [`${here}.${field.path}`]: value })}
              />
            ))}
            {rest.length > 0 && <p class="fault">{rest.map(({ message }) => message).join('; ')}</p>}
          </div>
        )
      })}
      <button type="button" class="button small" onClick={() => write([...rows, [['type', 'Text']]])}>
        Add a context
      </button>
    </fieldset>
  )
}
