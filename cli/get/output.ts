import { stringify } from 'yaml'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'

export const outputs = ['wide', 'json', 'yaml', 'name'] as const
export type Output = (typeof outputs)[number]

/** The value of `-o`. Throws a usage error that names the choices. */
export const outputOf = <T extends string>(text: string | undefined, choices: readonly T[]): T | undefined => {
  if (text === undefined) return undefined
  const found = choices.find((choice) => choice === text)
  if (found) return found
  const meant = nearest(text, choices)
  const hint = meant === undefined ? '' : `did you mean ${meant}? `
  throw new UsageError(`-o ${text} is not known: ${hint}choose ${choices.join(', ')}`)
}

/** Without the book the apiserver keeps of every field's writer, as kubectl shows it. */
export const withoutManagers = <T extends KubeObject>(object: T): T => {
  const { managedFields: _book, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

/** One object, or the `v1` List that kubectl makes of several. */
export const documentOf = (objects: readonly object[], isOne: boolean): object =>
  isOne && objects[0]
    ? objects[0]
    : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }

/** As kubectl reads it again: YAML 1.1, in which `on` and `0400` need quotes to stay texts. */
export const yamlText = (value: unknown): string =>
  stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })

export const asText = (document: object, output: 'json' | 'yaml'): string =>
  output === 'json' ? `${JSON.stringify(document, undefined, 4)}\n` : yamlText(document)
