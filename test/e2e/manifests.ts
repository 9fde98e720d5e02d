import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { mockConfig } from './world.ts'

const folder = join(import.meta.dirname, '../../docs/examples/features')

export interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: object
}

export interface Here {
  /** What only this cluster has, for every Agent and template that has none of it. */
  readonly spec?: object
  /** Names of hosts that this cluster has under others. */
  readonly hosts?: Readonly<Record<string, string>>
}

/** A file of docs/examples/features as kubectl reads it, but for the model and the hosts that this cluster has. */
export const manifestsOf = (file: string, { spec: here = {}, hosts = {} }: Here = {}): Manifest[] => {
  let text = readFileSync(join(folder, `${file}.yaml`), 'utf8')
  for (const [name, ours] of Object.entries(hosts)) text = text.replaceAll(name, ours)
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const manifest = document.toJS() as Manifest
    const isAgent = manifest.kind === 'Agent' || manifest.kind === 'AgentTemplate'
    const isHeir = isAgent && 'templateRef' in (manifest.spec ?? {})
    return isAgent && !isHeir ? { ...manifest, spec: { config: mockConfig, ...here, ...manifest.spec } } : manifest
  })
}
