import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KindName } from '../kinds.ts'
import type { Json } from './full.ts'

const folder = join(import.meta.dirname, '../../test/fixtures/manifests')

/** The manifests of the user guide. Read as kubectl reads them: YAML 1.1, in which 0400 is octal. */
export const manifests: readonly { readonly kind: KindName; readonly name: string; readonly object: Json }[] =
  readdirSync(folder)
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }))
    .map((document) => document.toJS() as { kind: KindName; metadata: { name: string } })
    .map((object) => ({ kind: object.kind, name: object.metadata.name, object: { ...object } }))
