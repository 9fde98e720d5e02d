import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationSeconds } from '../crds/duration.ts'
import { cleanPath, reservedDirectories, resolveMountPath } from '../crds/paths.ts'
import { hostFault } from '../shared/addresses.ts'
import { placeOf } from '../shared/hosts.ts'
import { isBelow } from '../shared/paths.ts'
import { validateAgent } from './agent/validate.ts'
import { agentSpec, stored } from './samples/reviews.ts'
import { validateTask } from './task/validate.ts'

const isTaken = (spec: object): boolean =>
  validateTask(stored('Task', 'x', { agentRef: { name: 'a' }, ...spec })).faults.length === 0
const isTakenByAgent = (spec: object): boolean =>
  validateAgent(stored('Agent', 'x', { ...agentSpec, ...spec })).faults.length === 0

/** Texts of parts that mean something in a class, and of anything between them. */
const texts = (...parts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...parts) },
        { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
      ),
      { maxLength: 7 },
    )
    .map((all) => all.join(''))

/** Says `harmless` of every text that is let in, and that there were some. */
const check = (
  text: fc.Arbitrary<string>,
  isLetIn: (text: string) => boolean,
  harmless: (text: string) => void,
): void => {
  let seen = 0
  fc.assert(
    fc.property(text, (value) => {
      if (!isLetIn(value)) return
      seen += 1
      harmless(value)
    }),
    { numRuns: 1500 },
  )
  expect(seen).toBeGreaterThan(10)
}

const hosts = ['a.example', 'localhost', '127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[2001:db8::1]', '-o', '０', '']

/** Addresses that begin as one does, and go on with anything that may mean something there. */
const addresses = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'ssh://', 'ssh://git@', 'git@', 'HTTP://', ''),
    fc.oneof(fc.constantFrom(...hosts), texts('a', '.', '-', '@', ':', '/', ...hosts)),
    texts('/', '//', ':', ':80', '@', 'a', '?', '#', '..', '\\', ' ', '%2e', '-o'),
  )
  .map((parts) => parts.join(''))

describe('whatever is let in is harmless', () => {
  test('paths stay out of reserved directories and inside the workspace', () => {
    const path = texts(
      '/',
      '.',
      '..',
      'tools',
      'a',
      '//',
      '/./',
      'etc',
      'ssl',
      'var',
      'run',
      'secrets',
      'data',
      'sessions',
      '\\',
      ':',
      '\u0000',
    )
    check(
      path,
      (mountPath) => isTaken({ contexts: [{ text: 'x', mountPath }] }),
      (mountPath) => {
        const place = resolveMountPath('/workspace', mountPath)
        expect(place).toBeDefined()
        expect(cleanPath(place ?? '')).toBe(place)
        for (const directory of reservedDirectories) {
          expect(isBelow(directory, place ?? '')).toBe(false)
          expect(isBelow(place ?? '', directory)).toBe(false)
        }
        if (!mountPath.startsWith('/')) expect(isBelow('/workspace', place ?? '')).toBe(true)
      },
    )
  })

  test('repositories have a host, and are no option, no other transport and no credential', () => {
    const isLetIn = (repository: string) => isTakenByAgent({ contexts: [{ git: { repository }, mountPath: 'x' }] })
    check(addresses, isLetIn, (repository) => {
      expect(repository).toMatch(/^(https?:\/\/|ssh:\/\/|git@)[^-]/)
      expect(placeOf(repository)?.host).toMatch(/^[a-z0-9[]/)
      if (/^https?:/.test(repository)) expect(new URL(repository)).toMatchObject({ username: '', password: '' })
    })
  })

  test('refs are no option and no expression', () => {
    const isLetIn = (ref: string) =>
      isTakenByAgent({ contexts: [{ git: { repository: 'https://h/r', ref }, mountPath: 'x' }] })
    check(
      texts('main', '-', '--', '/', '..', '.', '@{', '^', '~', ':', ' ', '\n', 'v1', 'refs/heads/'),
      isLetIn,
      (ref) => {
        expect(ref).not.toMatch(/^-|[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/)
        expect(ref).not.toBe('')
      },
    )
  })

  test('URLs are http, without credentials, and of a host that may be asked', () => {
    const isLetIn = (source: string) => isTaken({ contexts: [{ url: { source } }] })
    check(addresses, isLetIn, (source) => {
      const url = new URL(source)
      expect(['http:', 'https:']).toContain(url.protocol)
      expect(url).toMatchObject({ username: '', password: '' })
      expect(hostFault(url, true)).toBeUndefined()
    })
  })

  test('headers can be sent, and frame nothing', () => {
    const isLetIn = (name: string) =>
      isTaken({ contexts: [{ url: { source: 'https://a/', headers: { [name]: 'x' } } }] })
    check(
      texts('Host', 'X-', 'Accept', 'Cookie', 'Proxy-', 'Te', 'Auth', 'orization', ':', '\r\n', ' ', '_'),
      isLetIn,
      (name) => {
        expect(new Headers({ [name]: 'x' }).get(name)).toBe('x')
        expect(name.toLowerCase()).not.toMatch(
          /^(host|authorization|cookie|te|transfer-encoding|content-length|proxy-.*)$/,
        )
      },
    )
    const value = texts('a', '\r', '\n', '\r\n', '\u0000', '\t', ' ', ': b')
    check(
      value,
      (text) => isTaken({ contexts: [{ url: { source: 'https://a/', headers: { A: text } } }] }),
      (text) => {
        expect(text).not.toMatch(/[\r\n\0]/)
      },
    )
  })

  test('durations are longer than nothing', () => {
    check(
      texts('1', '0', 'h', 'm', 's', 'ms', '.', '-', '5m', ' ', 'd', '1h'),
      (timeout) => isTaken({ timeout }),
      (timeout) => {
        expect(durationSeconds(timeout)).toBeGreaterThan(0)
      },
    )
  })
})
