import { expect, test } from 'vitest'
import type { Log, LogFields } from './ports.ts'
import { logWith, spanIdOf, traceIdOf, traceOf, traceparentOf } from './trace.ts'

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

const recorded = given.replace(/00$/, '01')
const traces = [
  {
    name: 'of its uid begins with what its Pod knows as its parent',
    annotation: undefined,
    want: { id: made.split('-')[1], root: made.split('-')[2] },
  },
  {
    name: 'that was given goes on below who gave it',
    annotation: recorded,
    want: { id: given.split('-')[1], root: spanIdOf(uid, 'task'), caller: given.split('-')[2] },
  },
  { name: 'that was given and is not recorded', annotation: given, want: undefined },
  {
    name: 'with more flags than are known',
    annotation: given.replace(/00$/, 'ff'),
    want: { id: given.split('-')[1], root: spanIdOf(uid, 'task'), caller: given.split('-')[2] },
  },
  {
    name: 'that is given wrongly is the one of its uid',
    annotation: 'yes',
    want: { id: made.split('-')[1], root: made.split('-')[2] },
  },
]

test.each(traces)('a trace $name', ({ annotation, want }) => {
  const annotations = annotation === undefined ? {} : { 'kubeopencode.io/traceparent': annotation }
  expect(traceOf({ metadata: { uid, annotations } })).toEqual(want)
})

test('ids of spans are sixteen digits, the same for the same parts and others for others', () => {
  const ids = [spanIdOf('a', 'b'), spanIdOf('ab', ''), spanIdOf('a', 'b', ''), spanIdOf('b', 'a')]
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
  expect(spanIdOf('a', 'b')).toBe(ids[0])
})
