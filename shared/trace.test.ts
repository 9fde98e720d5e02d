import { expect, test } from 'vitest'
import type { Log, LogFields } from './ports.ts'
import { logWith, traceIdOf, traceparentOf } from './trace.ts'

const uid = '0af76519-16cd-43dd-8448-eb211c80319c'
const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
const made = '00-0af7651916cd43dd8448eb211c80319c-8448eb211c80319c-01'

const cases = [
  { name: 'of its uid', uid, annotation: undefined, want: made },
  { name: 'given by whoever made it', uid, annotation: given, want: given },
  { name: 'given as all zeros is none', uid, annotation: `00-${'0'.repeat(32)}-00f067aa0ba902b7-00`, want: made },
  { name: 'given without a parent is none', uid, annotation: `00-${'a'.repeat(32)}-${'0'.repeat(16)}-00`, want: made },
  { name: 'given in capitals is none', uid, annotation: given.toUpperCase(), want: made },
  { name: 'given with more behind it is none', uid, annotation: `${given}\nX: y`, want: made },
  { name: 'of no uid', uid: '', annotation: undefined, want: undefined },
  { name: 'of a uid that is no UUID', uid: 'task-uid-1', annotation: undefined, want: undefined },
]

test.each(cases)('a traceparent $name', ({ uid: own, annotation, want }) => {
  const annotations = annotation === undefined ? {} : { 'kubeopencode.io/traceparent': annotation }
  const object = { metadata: { uid: own, annotations } }
  expect(traceparentOf(object)).toBe(want)
  expect(traceIdOf(object)).toBe(want?.split('-')[1])
})

test('each line of a log carries what it was given, and its own words win', () => {
  const lines: [string, LogFields | undefined][] = []
  const line = (message: string, fields?: LogFields) => void lines.push([message, fields])
  const log: Log = logWith({ debug: line, info: line, warn: line, error: line }, { traceId: 'a', key: 'outer' })
  log.debug('one')
  log.info('two', { ms: 3 })
  log.warn('three', { key: 'inner' })
  log.error('four')
  expect(lines).toEqual([
    ['one', { traceId: 'a', key: 'outer' }],
    ['two', { traceId: 'a', key: 'outer', ms: 3 }],
    ['three', { traceId: 'a', key: 'inner' }],
    ['four', { traceId: 'a', key: 'outer' }],
  ])
})
