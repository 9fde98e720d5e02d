import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reachedDirectly, withClusterSuffixes } from './no-proxy.ts'

test('a Pod reaches itself directly', () => {
  expect(reachedDirectly(undefined, 'cluster.local')).toBe('.svc,.cluster.local,localhost,127.0.0.1')
  expect(reachedDirectly('127.0.0.1,a,localhost', 'cluster.local')).toBe('127.0.0.1,a,localhost,.svc,.cluster.local')
})

describe('withClusterSuffixes', () => {
  const cases = [
    { name: 'starts a list', given: undefined, want: '.svc,.cluster.local' },
    { name: 'adds to a list', given: 'localhost, 10.0.0.0/8', want: 'localhost,10.0.0.0/8,.svc,.cluster.local' },
    { name: 'does not say it twice', given: '.cluster.local,a', want: '.cluster.local,a,.svc' },
    { name: 'drops empty entries', given: ' , a,,', want: 'a,.svc,.cluster.local' },
  ]
  test.each(cases)('$name', ({ given, want }) => expect(withClusterSuffixes(given, 'cluster.local')).toBe(want))

  test('saying it twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = withClusterSuffixes(text, 'cluster.local')
        expect(withClusterSuffixes(once, 'cluster.local')).toBe(once)
      }),
    )
  })
})
