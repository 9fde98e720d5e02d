import { describe, expect, test } from 'vitest'
import { isHostAllowed, isPortNamed, placeOf } from './hosts.ts'

describe('the place that is asked', () => {
  const cases = [
    { address: 'https://Git.Example.com/a', want: { host: 'git.example.com', port: 443, isClear: false } },
    { address: 'https://git.example.com.:8443/a', want: { host: 'git.example.com', port: 8443, isClear: false } },
    { address: 'http://10.0.0.1/a', want: { host: '10.0.0.1', port: 80, isClear: true } },
    { address: 'ssh://git@git.example.com/a', want: { host: 'git.example.com', port: 22, isClear: false } },
    { address: 'ssh://git@git.example.com:2222/a', want: { host: 'git.example.com', port: 2222, isClear: false } },
    { address: 'git@git.example.com:a/b', want: { host: 'git.example.com', port: 22, isClear: false } },
    { address: 'git@[2001:db8::1]:a/b', want: { host: '[2001:db8::1]', port: 22, isClear: false } },
    { address: 'https://[2001:DB8::1]/', want: { host: '[2001:db8::1]', port: 443, isClear: false } },
    { address: 'https://good.example@evil.example/x', want: { host: 'evil.example', port: 443, isClear: false } },
    { address: 'gopher://x/', want: undefined },
    { address: 'nothing', want: undefined },
  ]
  test.each(cases)('$address', ({ address, want }) => expect(placeOf(address)).toEqual(want))
})

describe('a list of hosts', () => {
  const cases = [
    { list: undefined, address: 'https://any.where/', isAllowed: true },
    { list: [], address: 'https://any.where/', isAllowed: false },
    { list: ['git.example.com'], address: 'https://git.example.com/', isAllowed: true },
    { list: ['Git.Example.com'], address: 'git@git.EXAMPLE.com:a', isAllowed: true },
    { list: ['git.example.com'], address: 'https://git.example.com:8443/', isAllowed: true },
    { list: ['git.example.com:8443'], address: 'https://git.example.com/', isAllowed: false },
    { list: ['git.example.com:443'], address: 'https://git.example.com/', isAllowed: true },
    { list: ['*.example.com'], address: 'https://a.b.example.com/', isAllowed: true },
    { list: ['*.example.com'], address: 'https://example.com/', isAllowed: false },
    { list: ['*.example.com'], address: 'https://evilexample.com/', isAllowed: false },
    { list: ['example.com'], address: 'https://example.com.evil.org/', isAllowed: false },
    { list: ['*.example.com:8443'], address: 'https://a.example.com/', isAllowed: false },
  ]
  test.each(cases)('$list and $address', ({ list, address, isAllowed }) => {
    expect(isHostAllowed(list, placeOf(address)!)).toBe(isAllowed)
  })

  test('a port is named or not', () => {
    const place = placeOf('http://git.corp/x')!
    expect(isPortNamed(['git.corp'], place)).toBe(false)
    expect(isPortNamed(['git.corp:80'], place)).toBe(true)
    expect(isPortNamed(['git.corp:8080'], place)).toBe(false)
  })
})
