import type * as z from 'zod'
import { fieldOf, valueAt } from '../shared/field-path.ts'
import { wordOf, wordOfValue } from '../shared/json-words.ts'
import type { Fault } from './findings.ts'

type Issue = z.core.$ZodIssue

const units = { string: 'characters', array: 'items', set: 'items', object: 'fields' } as const

const bound = (issue: { origin: string }, word: string, limit: number | bigint): string => {
  const unit = units[issue.origin as keyof typeof units]
  return unit ? `must have ${word} ${limit} ${unit}` : `must be ${word} ${limit}`
}

/** What a union asks for, where each of its sides refused the value's type. */
const choices = (issue: z.core.$ZodIssueInvalidUnion): string => {
  const expected = issue.errors.flatMap((side) =>
    side.flatMap((inner) => (inner.code === 'invalid_type' && inner.path.length === 0 ? [inner.expected] : [])),
  )
  const known = [...new Set(expected.map(wordOf))]
  return known.length > 0 ? `must be ${known.join(' or ')}` : 'has no form that is known here'
}

/** An issue as a sentence about its field. What our own rules say is such a sentence already. */
const sentence = (issue: Issue, value: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'is required'
      return `must be ${wordOf(issue.expected)}, but is ${wordOfValue(value)}`
    case 'too_big':
      return bound(issue, 'at most', issue.maximum)
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return bound(issue, 'at least', issue.minimum)
    case 'invalid_value':
      if (value === undefined) return 'is required'
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return issue.pattern === undefined ? `must be a valid ${issue.format}` : `must match ${issue.pattern}`
    case 'invalid_union':
      return choices(issue)
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}`
    default:
      return issue.message
  }
}

/** Every fault of `raw`, once each, with its path. */
export const faultsOf = (error: z.ZodError, raw: unknown): Fault[] => {
  const faults = new Map<string, Fault>()
  for (const issue of error.issues) {
    const field = fieldOf(issue.path) || 'object'
    const message = sentence(issue, valueAt(raw, issue.path))
    faults.set(`${field} ${message}`, { field, message })
  }
  return [...faults.values()]
}
