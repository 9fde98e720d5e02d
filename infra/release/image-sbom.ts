import type { Licensed } from './licences.ts'
import { type Component, componentOf, type Sbom, serialNumberOf } from './sbom.ts'

export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

/** What `/var/lib/dpkg/status` says is installed: https://manpages.debian.org/dpkg-query */
export const debianPackages = (status: string): DebianPackage[] =>
  status.split(/\n\n+/).flatMap((block) => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
    return field('Status') === 'install ok installed'
      ? [{ name: field('Package'), version: field('Version'), architecture: field('Architecture') }]
      : []
  })

/** https://github.com/package-url/purl-spec, type deb: a version's colon and plus are escaped. */
const debianComponent = ({ name, version, architecture }: DebianPackage): Component => {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`
  return { 'bom-ref': purl, type: 'library', name, version, scope: 'required', purl }
}

export interface ImageContents {
  /** `quay.io/kubeopencode/kubeopencode:v0.1.0` */
  readonly reference: string
  /** The image's id, `sha256:…`. */
  readonly id: string
  readonly debian: readonly DebianPackage[]
  readonly copied: readonly Licensed[]
  /** What its programs are bundled from. */
  readonly bundled: readonly Component[]
  /** Seconds. */
  readonly time: number
}

/** All that is in an image, as CycloneDX: https://cyclonedx.org/docs/1.5/json. The same image gives the same bytes. */
export const imageSbom = ({ reference, id, debian, copied, bundled, time }: ImageContents): Sbom => {
  const at = reference.lastIndexOf(':')
  const component: Component = {
    'bom-ref': reference,
    type: 'container',
    name: reference.slice(0, at),
    version: reference.slice(at + 1),
    properties: [{ name: 'oci:image:id', value: id }],
  }
  const components = [...debian.map(debianComponent), ...copied.map(componentOf), ...bundled]
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: serialNumberOf(component, components),
    version: 1,
    metadata: { timestamp: new Date(time * 1000).toISOString(), component },
    components,
  }
}
