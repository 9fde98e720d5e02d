import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressFault, hostFault, isAddress, isForbiddenName } from './addresses.ts'

describe('addresses that are never fetched from', () => {
  const never = [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '::',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
  ]
  test.each(never)('%s', (address) => expect(addressFault(address, true)).toMatch(/loopback, link-local or metadata/))
})

describe('private addresses are up to the configuration', () => {
  test.each(['10.0.0.1', '172.31.255.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1'])(
    '%s',
    (address) => {
      expect(addressFault(address, true)).toBeUndefined()
      expect(addressFault(address, false)).toMatch(/private/)
    },
  )
})

test.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1'])('%s is public', (address) =>
  expect(addressFault(address, false)).toBeUndefined(),
)

test('names that mean such an address', () => {
  for (const name of ['localhost', 'a.localhost', 'LOCALHOST.', 'metadata.google.internal', 'metadata'])
    expect(isForbiddenName(name)).toBe(true)
  for (const name of ['localhost.example.org', 'example.org']) expect(isForbiddenName(name)).toBe(false)
})

test('whatever is written, what is an address here is one for Node', () => {
  const group = fc.nat(0xffff).map((value) => value.toString(16))
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc
      .array(fc.oneof(group, fc.constantFrom('', '::', '1.2.3.4', 'g', '00000')), { maxLength: 9 })
      .map((parts) => parts.join(':')),
    fc.array(fc.nat(300), { maxLength: 5 }).map((parts) => parts.join('.')),
    fc.string(),
  )
  fc.assert(
    fc.property(text, (address) => {
      expect(isAddress(address)).toBe(isIP(address) !== 0 && !address.includes('%'))
    }),
    { numRuns: 2000 },
  )
})

describe('hosts of URLs, however they are written', () => {
  const cases = [
    ['http://127.0.0.1:10250/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0x7f.1/', 'loopback'],
    ['http://0177.0.0.1/', 'loopback'],
    ['http://[::ffff:169.254.169.254]/', 'metadata'],
    ['http://LOCALHOST/', 'loopback'],
    ['http://metadata.google.internal/', 'metadata'],
    ['http://０/', 'loopback'],
  ] as const
  test.each(cases)('%s', (source, says) => expect(hostFault(new URL(source), true)).toContain(says))
  test('an ordinary name', () => expect(hostFault(new URL('https://example.org/'), false)).toBeUndefined())
})
