import { valueAt } from '../../shared/field-path.ts'
import type { Fault } from '../../webhooks/findings.ts'

/** Rules of the apiserver itself for what every object has (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/). */
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const labelName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const nameFaults = (metadata: unknown): Fault[] => {
  const name = valueAt(metadata, ['name'])
  const field = 'metadata.name'
  if (name === undefined || name === '')
    return valueAt(metadata, ['generateName']) === undefined ? [{ field, message: 'is required' }] : []
  if (typeof name !== 'string') return []
  if (name.length > 253) return [{ field, message: 'must have at most 253 characters' }]
  if (subdomain.test(name)) return []
  return [{ field, message: 'must be lower case letters, digits, - and ., and begin and end with a letter or digit' }]
}

const namespaceFaults = (metadata: unknown): Fault[] => {
  const namespace = valueAt(metadata, ['namespace'])
  if (typeof namespace !== 'string' || (namespace.length <= 63 && label.test(namespace))) return []
  const message = 'must be at most 63 lower case letters, digits and -, and begin and end with a letter or digit'
  return [{ field: 'metadata.namespace', message }]
}

const labelFaults = (metadata: unknown): Fault[] => {
  const labels = valueAt(metadata, ['labels'])
  if (typeof labels !== 'object' || labels === null) return []
  return Object.entries(labels).flatMap(([name, value]): Fault[] => {
    const field = `metadata.labels[${name}]`
    if (name.length > 317 || !labelName.test(name))
      return [
        { field, message: 'must be named by at most 63 letters, digits, -, _ and ., after a prefix and / if you like' },
      ]
    if (typeof value === 'string' && !labelValue.test(value))
      return [
        { field, message: 'must be at most 63 letters, digits, -, _ and ., and begin and end with a letter or digit' },
      ]
    return []
  })
}

/** What the apiserver would refuse of `metadata`, before any webhook sees it. */
export const metadataFaults = (object: unknown): Fault[] => {
  const metadata = valueAt(object, ['metadata'])
  return [...nameFaults(metadata), ...namespaceFaults(metadata), ...labelFaults(metadata)]
}
