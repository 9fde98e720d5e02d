import { useObjects } from '../live/use.tsx'
import type { Fault, Field } from './fields.ts'
import { SchedulePreview } from './schedule.tsx'

const zones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')]

interface Props {
  readonly field: Field
  readonly value: string
  readonly faults: readonly Fault[]
  readonly namespace: string
  /** What the schedule is read in, where there is one. */
  readonly timeZone: string
  readonly onChange: (value: string) => void
}

const idOf = (path: string): string => `field-${path.replaceAll('.', '-')}`

/** Agents and templates of the namespace, as they come and go. */
const Who = ({
  field,
  value,
  namespace,
  onChange,
  described,
}: Omit<Props, 'faults' | 'timeZone'> & { described: string }) => {
  const store = useObjects()
  const names = (plural: 'agents' | 'agenttemplates'): string[] =>
    store
      .list(plural)
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata }) => metadata.name)
      .toSorted()
  const groups = [
    ...(field.type === 'who' ? [{ label: 'Agents', before: 'agent/', names: names('agents') }] : []),
    { label: 'Templates', before: field.type === 'who' ? 'template/' : '', names: names('agenttemplates') },
  ]
  const known = groups.flatMap(({ before, names: all }) => all.map((name) => `${before}${name}`))
  return (
    <select
      id={idOf(field.path)}
      class="field"
      aria-describedby={described}
      aria-required={field.isNeeded}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">
        {field.type === 'who' ? (known.length > 0 ? 'Choose …' : 'There is no Agent and no template yet') : 'None'}
      </option>
      {value !== '' && !known.includes(value) && <option value={value}>{value.split('/').at(-1)} (not there)</option>}
      {groups.map(({ label, before, names: all }) =>
        all.length === 0 ? null : (
          <optgroup key={label} label={label}>
            {all.map((name) => (
              <option key={name} value={`${before}${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        ),
      )}
    </select>
  )
}

/** One field with its label, its help, and what is wrong with it. */
export const Input = ({ field, value, faults, namespace, timeZone, onChange }: Props) => {
  const id = idOf(field.path)
  const described = `${id}-says`
  const shared = {
    id,
    class: 'field',
    'aria-describedby': described,
    'aria-invalid': faults.length > 0,
    'aria-required': field.isNeeded,
    value,
    placeholder: field.placeholder,
  } as const
  const isList = field.type === 'who' || field.type === 'template'
  return (
    <div class="form-field">
      <label for={id}>
        {field.label}
        {!field.isNeeded && <span class="faint"> optional</span>}
      </label>
      {isList ? (
        <Who field={field} value={value} namespace={namespace} onChange={onChange} described={described} />
      ) : field.type === 'area' ? (
        <textarea {...shared} rows={6} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : field.type === 'choice' ? (
        <select {...shared} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{field.options?.[0]} (unless said otherwise)</option>
          {field.options?.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type="text"
          spellcheck={false}
          autocomplete="off"
          inputMode={field.type === 'number' ? 'numeric' : 'text'}
          {...(field.type === 'zone' && { list: `${id}-zones` })}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {field.type === 'zone' && (
        <datalist id={`${id}-zones`}>
          {zones.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      )}
      {field.type === 'schedule' && <SchedulePreview schedule={value} timeZone={timeZone} />}
      <p id={described} class={faults.length > 0 ? 'fault' : 'help'}>
        {faults.length > 0 ? faults.map(({ message }) => message).join('; ') : field.help}
      </p>
    </div>
  )
}
