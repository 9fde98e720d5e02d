import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withClusterSuffixes } from './no-proxy.ts'

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
