import { parseArgs } from 'node:util'
import { sentenceOf } from '../../shared/errors.ts'
import type { Measurement } from './measurements.ts'
import { measurements } from './measurements.ts'

/** The command was written wrongly; its message says how. */
export class UsageError extends Error {}

const names = measurements.map(({ name }) => name).join(', ')
const apart = measurements.flatMap(({ name, isApart }) => (isApart ? [name] : [])).join(' and ')
const usual = measurements.flatMap(({ name, isApart }) => (isApart ? [] : [name])).join(',')
/** What a profile is of where nothing else is said. */
const profiled = 'M1'

export const help = `usage: npm run bench [-- options]

Measures the functions and webhooks against a real kube-apiserver and etcd, where this program plays the kubelet and the
Deployment controller. Prints a table with goals and writes dist/bench/<date>.json.

  --only LIST     measurements, with commas (default: all but ${apart}, or ${profiled} with --profile)
  --rounds N      how often each is made; the table shows the median and the range (default: 3, or 1 with --profile)
  --scale F       multiplies the number of Tasks and the seconds: 0.1 to try, 2.5 for M8 with 5,000 (default: 1)
  --profile       writes a CPU profile of the functions for each measurement, and prints where their time went, their
                  requests per Task, and the delay of their event loop; a profile slows what it watches
  --write         puts the table into docs/performance.md
  --record        puts counts of requests into test/bench/ranges.json, with the most they may be from now on; at scale 1
  --check         exits with 1 where a count of requests is above that; at scale 1
  --help          this text

In this order:
${measurements.map(({ name, about }) => `  ${name.padEnd(6)} ${about}`).join('\n')}

examples:
  npm run bench -- --only M2,M10 --rounds 1
  npm run bench -- --scale 0.1 --only M1
  npm run bench -- --profile --only M3`

const options = {
  only: { type: 'string' },
  rounds: { type: 'string' },
  scale: { type: 'string', default: '1' },
  profile: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  record: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export interface Asked {
  readonly help: boolean
  readonly asked: readonly Measurement[]
  readonly rounds: number
  readonly scale: number
  readonly profile: boolean
  readonly write: boolean
  readonly record: boolean
  readonly check: boolean
}

/** What is asked for with `words`; throws a UsageError. */
export const readOptions = (words: readonly string[]): Asked => {
  const values = (() => {
    try {
      return parseArgs({ args: [...words], options, strict: true }).values
    } catch (error) {
      throw new UsageError(`${sentenceOf(error)}; see npm run bench -- --help`)
    }
  })()
  const { profile, write, record, check } = values
  const only = (values.only ?? (profile ? profiled : usual)).split(',')
  const unknown = only.filter((one) => !measurements.some(({ name }) => name === one))
  if (unknown.length > 0) throw new UsageError(`--only names "${unknown.join(', ')}"; there is ${names}`)
  const rounds = Number(values.rounds ?? (profile ? 1 : 3))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds is "${values.rounds}"; it must be a whole number, 1 or more`)
  const scale = Number(values.scale)
  if (!(scale > 0)) throw new UsageError(`--scale is "${values.scale}"; it must be a number above 0`)
  if (profile && (write || record))
    throw new UsageError('--profile slows what it watches; its figures go neither into the guide nor into the ranges')
  if ((record || check) && scale !== 1)
    throw new UsageError(`--scale is "${values.scale}"; requests per Task depend on it, so --record and --check need 1`)
  const asked = measurements.filter(({ name }) => only.includes(name))
  return { help: values.help, asked, rounds, scale, profile, write, record, check }
}
