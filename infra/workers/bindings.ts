import type { Environment } from '../node/environment.ts'
import { readEnvironment } from '../node/environment.ts'

/** Something that answers requests, as runtimes bind it: another Worker, or a service behind a tunnel. */
export interface Fetcher {
  fetch(url: string, init: RequestInit): Promise<Response>
}

/** What a runtime hands to each call: variables and secrets as strings, and bindings as objects. */
export type Bindings = Readonly<Record<string, unknown>>

/** A variable or secret. Throws a sentence that names it where it is not set. */
export const needed = (bindings: Bindings, name: string): string => {
  const value = bindings[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Error(`${name} is not set; infra/workers/README.md says what it is`)
}

/** Those of them that are texts. */
export const variablesOf = (bindings: Bindings): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(bindings).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )

/** The variables of the container, which are the same here. */
export const environmentOf = (bindings: Bindings): Environment => readEnvironment(variablesOf(bindings))
