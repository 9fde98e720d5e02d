import { isHostAllowed, placeOf } from '../../shared/hosts.ts'

/** A program that prepares a Pod: it reads its environment, does one thing, and says in one sentence what went wrong. */
export type Env = Readonly<Record<string, string | undefined>>

export type Helper = {
  readonly purpose: string
  /** Name and meaning of every variable it reads. */
  readonly variables: Readonly<Record<string, string>>
  readonly run: (env: Env, print: (line: string) => void) => Promise<void>
}

/** A fault whose message is the whole story for the user: what, where, and what to do. */
export class HelperFault extends Error {}

const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '') || isFull(error.cause))

/** What helper `name` leaves in the Pod's status of what it has thrown. */
export const lastWordsOf = (name: string, error: unknown): string => {
  const words = error instanceof Error ? error.message : String(error)
  if (isFull(error))
    return `${name}: ${error instanceof HelperFault ? words : `A file could not be written: ${words}.`} The volume is full; make it larger, or delete what is not needed there.`
  return error instanceof HelperFault ? `${name}: ${words}` : `${name} failed unexpectedly: ${words}`
}

export const required = (env: Env, name: string): string => {
  const value = env[name]
  if (value === undefined || value === '') throw new HelperFault(`The environment variable ${name} is not set.`)
  return value
}

/** A list of hosts as a Secret or the cluster's configuration has it; undefined where there is none. */
export const hostList = (text: string | undefined): readonly string[] | undefined =>
  text === undefined ? undefined : text.split(/[\s,]+/).filter(Boolean)

/** Whether `hosts` lets this address through, as written in contexts and skills. */
export const mayAsk = (hosts: readonly string[] | undefined, address: string): boolean => {
  const place = placeOf(address)
  return hosts === undefined || (place !== undefined && isHostAllowed(hosts, place))
}

export const wholeNumber = (env: Env, name: string, fallback: number): number => {
  const value = env[name]
  if (value === undefined || value === '') return fallback
  if (!/^\d{1,9}$/.test(value)) throw new HelperFault(`${name} must be a whole number, not "${value}".`)
  return Number(value)
}

export const flag = (env: Env, name: string): boolean => {
  const value = env[name] ?? ''
  if (value === '' || value === 'false') return false
  if (value === 'true') return true
  throw new HelperFault(`${name} must be true or false, not "${value}".`)
}
