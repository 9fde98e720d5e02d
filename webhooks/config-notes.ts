import { withoutBareVariables } from '../crds/config-text.ts'
import { fieldOf, valueAt } from '../shared/field-path.ts'
import type { ConfigNote } from '../shared/opencode-config/check.ts'
import { checkConfig } from '../shared/opencode-config/check.ts'
import type { Fault, Findings } from './findings.ts'
import { clean, faultText } from './findings.ts'
import { placesIn, whereJsonBreaks } from './json-text.ts'

/** Says where a configuration text stops being JSON. */
export const explainConfig = (fault: Fault, raw: unknown): Fault => {
  const config = valueAt(raw, ['spec', 'config'])
  if (fault.field !== 'spec.config' || typeof config !== 'string' || fault.message.startsWith('must have at most'))
    return fault
  const where = whereJsonBreaks(withoutBareVariables(config))
  return where === undefined
    ? { field: fault.field, message: 'must be a JSON object, such as {"model": "provider/model"}' }
    : { field: fault.field, message: `is no JSON: ${where}` }
}

/** What OpenCode would say to `config`; in a text with the place, because a path alone is hard to find there. */
export const configFindings = (config: unknown): Findings => {
  if (config === undefined) return clean
  const { faults, warnings } = checkConfig(config)
  const notes = [...faults, ...warnings]
  const places =
    typeof config === 'string' && notes.length > 0
      ? placesIn(
          withoutBareVariables(config),
          notes.map(({ path }) => path),
        )
      : []
  const told = ({ path, message }: ConfigNote, index: number): Fault => {
    const at = places[index]
    return { field: fieldOf(['spec', 'config', ...path]), message: at === undefined ? message : `${message} (${at})` }
  }
  const all = notes.map(told)
  return { ...clean, faults: all.slice(0, faults.length), warnings: all.slice(faults.length).map(faultText) }
}
