import { createHash } from 'node:crypto'
import type { Licensed } from './licences.ts'

export interface Component {
  readonly name: string
  readonly [field: string]: unknown
}

/** A CycloneDX document as `npm sbom` writes it: https://cyclonedx.org/docs/1.5/json */
export interface Sbom {
  readonly serialNumber: string
  readonly metadata: { readonly timestamp: string; readonly component: Component; readonly [field: string]: unknown }
  readonly components: readonly Component[]
  readonly [field: string]: unknown
}

const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex')
  // Version 8 of RFC 9562: of our own making.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The same contents have the same number. */
export const serialNumberOf = (component: Component, components: readonly Component[]): string =>
  `urn:uuid:${uuidOf(JSON.stringify([component, components]))}`

export const componentOf = ({ name, version, licence }: Licensed): Component => ({
  'bom-ref': `${name}@${version}`,
  type: 'application',
  name,
  version,
  scope: 'required',
  description: 'Copied into the images.',
  purl: `pkg:npm/${name}@${version}`,
  licenses: [{ license: { id: licence } }],
})

/**
 * The document without what differs from one run to the next, and with the programs that are copied into images. The same
 * dependencies give the same bytes. `time` is that of the commit, in seconds.
 */
export const settled = (found: Sbom, copied: readonly Licensed[], time: number): Sbom => {
  const component = { ...found.metadata.component, name: 'kubeopencode' }
  const components = [...found.components, ...copied.map(componentOf)]
  return {
    ...found,
    serialNumber: serialNumberOf(component, components),
    metadata: { ...found.metadata, timestamp: new Date(time * 1000).toISOString(), component },
    components,
  }
}
