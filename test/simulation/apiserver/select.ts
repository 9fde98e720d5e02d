import type { Kind } from '../../../shared/kubernetes.ts'
import type { Stored } from './object.ts'
import { fieldAt } from './object.ts'
import { selectableFields } from './schema.ts'
import { badRequest } from './status.ts'

type Test = (object: Stored) => boolean

/** Commas inside of parentheses belong to a set of values. */
const terms = (selector: string): string[] => selector.split(/,(?![^(]*\))/).filter((term) => term !== '')

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
const labelTerm = (term: string): Test => {
  const set = /^\s*([^\s!=,]+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map((value) => value.trim()))
    return ({ metadata }) => {
      const value = metadata?.labels?.[key]
      return (value !== undefined && values.has(value)) === (operator === 'in')
    }
  }
  const pair = /^([^!=]+)(!=|==|=)(.*)$/.exec(term)
  if (pair) {
    const [, key = '', operator, value = ''] = pair
    return ({ metadata }) => (metadata?.labels?.[key.trim()] === value.trim()) === (operator !== '!=')
  }
  const isAbsent = term.startsWith('!')
  const key = isAbsent ? term.slice(1) : term
  return ({ metadata }) => (metadata?.labels?.[key] === undefined) === isAbsent
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
const fieldTerm = (kind: Kind, term: string): Test => {
  const [, path = '', operator, value = ''] = /^([^!=]+)(!=|==|=)(.*)$/.exec(term) ?? []
  if (operator === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
  if (!selectableFields(kind).includes(path)) throw badRequest(`field label not supported: ${path}`)
  const read = fieldAt(path)
  return (object) => {
    const found = read(object)
    return (['string', 'boolean', 'number'].includes(typeof found)
      ? String(found as string | boolean | number)
      : '') === value
      ? operator !== '!='
      : operator === '!='
  }
}

const readSelection = (kind: Kind, labelSelector: string, fieldSelector: string): Test => {
  const tests = [...terms(labelSelector).map(labelTerm), ...terms(fieldSelector).map((term) => fieldTerm(kind, term))]
  return (object) => tests.every((test) => test(object))
}

/** The same few are asked for again and again. */
const selections = new Map<string, Test>()

/** Whether an object is wanted by both selectors. Throws the apiserver's refusal of one it does not understand. */
export const selection = (kind: Kind, labelSelector = '', fieldSelector = ''): Test => {
  const id = `${kind} ${labelSelector} ${fieldSelector}`
  const test = selections.get(id) ?? readSelection(kind, labelSelector, fieldSelector)
  selections.set(id, test)
  return test
}
