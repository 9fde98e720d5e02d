import { describe, expect, test } from 'vitest'
import { readOptions } from './options.ts'

const defaults = {
  title: 'kubeopencode',
  metadata: {},
  binary: '/tools/opencode',
  terminationLog: '/dev/termination-log',
  startTimeoutSeconds: 90,
  lostAfterSeconds: 60,
  permissionWaitSeconds: 0,
}

describe('readOptions', () => {
  test('nothing but run', () => expect(readOptions(['run'], {})).toEqual(defaults))

  test('everything', () =>
    expect(
      readOptions(['run', '--attach', 'http://a:4096', '--title=a=b'], {
        TASK_NAMESPACE: 'n',
        TASK_NAME: 't',
        TASK_UID: 'u',
        TRACEPARENT: '00-a-b-01',
        OPENCODE_SERVER_PASSWORD: 'p',
        START_TIMEOUT_SECONDS: '5',
      }),
    ).toEqual({
      ...defaults,
      attach: 'http://a:4096',
      title: 'a=b',
      metadata: { namespace: 'n', name: 't', uid: 'u' },
      traceparent: '00-a-b-01',
      credentials: { username: 'opencode', password: 'p' },
      startTimeoutSeconds: 5,
    }))

  test('help wins', () => expect(readOptions(['run', '--help'], {})).toBe('help'))

  const wrong = [
    { name: 'no command', args: [], env: {}, says: /unknown command/ },
    { name: 'a prompt as an argument', args: ['run', 'do it'], env: {}, says: /stdin/ },
    { name: 'a flag without its value', args: ['run', '--title'], env: {}, says: /needs a value/ },
    { name: 'an address that is none', args: ['run', '--attach', 'file:///x'], env: {}, says: /http or https/ },
    { name: 'a time that is none', args: ['run'], env: { LOST_AFTER_SECONDS: 'soon' }, says: /number of seconds/ },
  ]
  test.each(wrong)('$name', ({ args, env, says }) => expect(() => readOptions(args, env)).toThrow(says))
})
