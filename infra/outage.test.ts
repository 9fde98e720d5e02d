import { expect, test } from 'vitest'
import { UnreachableError } from '../shared/errors.ts'
import { createOutage, outageText } from './outage.ts'

const watched = () => {
  const lines: string[] = []
  let at = 0
  const say = (message: string) => void lines.push(message)
  const outage = createOutage({ debug: say, info: say, warn: say, error: say }, () => at)
  return { lines, outage, pass: (seconds: number) => (at += seconds * 1000) }
}
const away = new UnreachableError('the apiserver did not answer')

test('an hour away is two lines, however often it was tried', () => {
  const { lines, outage, pass } = watched()
  for (let tries = 0; tries < 3600; tries += 1) {
    outage.failed(away)
    pass(1)
  }
  expect(lines).toEqual([outageText.begins])
  pass(10)
  outage.worked()
  outage.worked()
  expect(lines).toEqual([outageText.begins, outageText.ends])
  outage.failed(away)
  expect(lines).toEqual([outageText.begins, outageText.ends, outageText.begins])
})

test('one that comes and goes is away until it stays', () => {
  const { lines, outage, pass } = watched()
  for (let tries = 0; tries < 100; tries += 1) {
    outage.failed(away)
    pass(1)
    outage.worked()
    pass(1)
  }
  expect(lines).toEqual([outageText.begins])
})

test('while all is well nothing is said', () => {
  const { lines, outage } = watched()
  outage.worked()
  expect(lines).toEqual([])
})
