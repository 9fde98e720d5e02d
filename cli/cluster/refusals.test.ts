import { describe, expect, test } from 'vitest'
import { warningsIn } from './api.ts'
import { refused, unreached } from './refusals.ts'

const now = new Date('2026-03-01T00:00:00Z')
const caller = { context: 'dev', user: 'ada', server: 'https://api' }
const forbidden = (what: string) =>
  `tasks.kubeopencode.io is forbidden: User "ada" cannot ${what} in API group "kubeopencode.io" in the namespace "demo"`

describe('a refusal is a sentence with its remedy', () => {
  const cases = [
    { name: 'a right of viewers', refusal: { code: 403, message: forbidden('list resource "tasks"') }, want: 'cannot x: you may not list tasks in namespace demo: ask an administrator to bind you the ClusterRole kubeopencode-viewer' },
    { name: 'a right of users', refusal: { code: 403, message: forbidden('patch resource "crontasks"') }, want: 'cannot x: you may not patch crontasks in namespace demo: ask an administrator to bind you the ClusterRole kubeopencode-user' },
    { name: 'a right no role of ours gives', refusal: { code: 403, message: 'nodes is forbidden: User "ada" cannot list resource "nodes" in API group "" at the cluster scope' }, want: 'cannot x: you may not list nodes in the whole cluster: ask an administrator for it' },
    { name: 'another 403', refusal: { code: 403, message: 'exceeded quota: tasks' }, want: 'cannot x: exceeded quota: tasks' },
    { name: 'a login that has ended', refusal: { code: 401, message: 'Unauthorized' }, want: 'the apiserver does not accept the credentials of user ada (context dev): log in again, or name another --context' },
    { name: 'a cluster without the kinds', refusal: { code: 404, message: 'the server could not find the requested resource' }, want: 'cannot x: the cluster of context dev does not know this kind: install KubeOpenCode there, or name another --context' },
    { name: 'whatever else', refusal: { code: 422, message: 'Task "a" is invalid: spec.timeout: must be a duration' }, want: 'cannot x: Task "a" is invalid: spec.timeout: must be a duration' },
    { name: 'an answer without words', refusal: { code: 502 }, want: 'cannot x: the apiserver answered 502' },
  ] // prettier-ignore
  test.each(cases)('$name', ({ refusal, want }) => expect(refused(refusal, 'cannot x', caller, now).message).toBe(want))

  test('a certificate that has expired is named', () => {
    const certificateEnds = new Date('2026-02-01T00:00:00Z')
    expect(refused({ code: 401 }, 'cannot x', { ...caller, certificateEnds }, now).message).toBe(
      'the client certificate of user ada (context dev) has expired on 2026-02-01T00:00:00.000Z: get a new one',
    )
  })
})

const withCode = (code: string, more: object = {}) => Object.assign(new Error('Bearer secret-1'), { code, ...more })

describe('no answer is a sentence without the words of the error', () => {
  const cases = [
    { name: 'nobody listens', error: new Error('x', { cause: withCode('ECONNREFUSED') }), want: 'the apiserver at https://api (context dev) cannot be reached: nobody listens there. Is it up, and is it the right context?' },
    { name: 'both addresses of a name', error: new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]), want: 'the apiserver at https://api (context dev) cannot be reached: nobody listens there. Is it up, and is it the right context?' },
    { name: 'no such name', error: withCode('ENOTFOUND'), want: 'the apiserver at https://api (context dev) cannot be reached: its name cannot be resolved. Is it up, and is it the right context?' },
    { name: 'an old certificate', error: withCode('CERT_HAS_EXPIRED'), want: 'the apiserver at https://api (context dev) cannot be trusted: its certificate has expired: have it renewed' },
    { name: 'too late', error: new Error('x', { cause: new DOMException('late', 'TimeoutError') }), want: 'the apiserver at https://api (context dev) did not answer within 5 s: is it up, and is there a VPN to switch on? A longer --request-timeout waits longer' },
    { name: 'a plugin that is not there', error: new Error('x', { cause: withCode('ENOENT', { syscall: 'spawn aws', path: 'aws' }) }), want: 'the credential plugin of user ada cannot be run: aws is not there; install it, or name another --context' },
    { name: 'whatever else', error: withCode('EWEIRD'), want: 'the apiserver at https://api (context dev) cannot be reached: EWEIRD. Is it up, and is it the right context?' },
  ] // prettier-ignore
  test.each(cases)('$name', ({ error, want }) => {
    const { message } = unreached(error, caller, 5_000)
    expect(message).toBe(want)
    expect(message).not.toContain('secret')
  })
})

describe('warningsIn', () => {
  const cases = [
    { header: null, want: [] },
    { header: '299 - "spec.x: is odd"', want: ['spec.x: is odd'] },
    { header: '299 - "says \\"a\\", b", 299 - "second"', want: ['says "a", b', 'second'] },
  ]
  test.each(cases)('$header', ({ header, want }) => expect(warningsIn(header)).toEqual(want))
})
