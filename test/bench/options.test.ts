import { expect, test } from 'vitest'
import { measurements } from './measurements.ts'
import { help, readOptions, UsageError } from './options.ts'

const namesOf = (...words: string[]): string[] => readOptions(words).asked.map(({ name }) => name)

test('all measurements are made where nothing is said, M1 where it is a profile that is wanted', () => {
  expect(namesOf()).toEqual(measurements.map(({ name }) => name).filter((name) => !['pepr', 'costs'].includes(name)))
  expect(namesOf('--profile')).toEqual(['M1'])
  expect(namesOf('--profile', '--only', 'M3')).toEqual(['M3'])
})

test('they are made in the order of the table, whatever the order in which they are named', () => {
  expect(namesOf('--only', 'quiet,M10')).toEqual(['M10', 'quiet'])
})

test('the help has a line for each', () => {
  for (const { name } of measurements) expect(help).toMatch(new RegExp(`^ +${name} +\\S`, 'm'))
  expect(new Set(measurements.map(({ name }) => name)).size).toBe(measurements.length)
})

test.each([
  {
    name: 'a measurement there is not',
    words: ['--only', 'M1,M99'],
    want: /^--only names "M99"; there is M1, M2, M10, .*done$/,
  },
  { name: 'a list that ends with a comma', words: ['--only', 'M1,'], want: /^--only names ""; there is M1, / },
  {
    name: 'half a round',
    words: ['--rounds', '0.5'],
    want: /^--rounds is "0.5"; it must be a whole number, 1 or more$/,
  },
  { name: 'no scale', words: ['--scale', '0'], want: /^--scale is "0"; it must be a number above 0$/ },
  { name: 'an option there is not', words: ['--fast'], want: /--fast.*see npm run bench -- --help$/ },
  {
    name: 'a check of fewer Tasks',
    words: ['--check', '--scale', '0.5'],
    want: /^--scale is "0.5"; requests per Task/,
  },
  { name: 'a profile for the guide', words: ['--profile', '--write'], want: /^--profile slows what it watches/ },
])('$name is answered with a sentence', ({ words, want }) => {
  expect(() => readOptions(words)).toThrow(UsageError)
  expect(() => readOptions(words)).toThrow(want)
})
