/** Which addresses content may be fetched from: the check that a Pod is not used to reach its node or the cloud's metadata. */

const fourBytes = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/

/** The 32 bits of a dotted address. */
const bitsOfV4 = (text: string): bigint | undefined =>
  text.length <= 15 && fourBytes.test(text)
    ? text.split('.').reduce((bits, byte) => bits * 256n + BigInt(byte), 0n)
    : undefined

/** The 128 bits of an address with colons (RFC 4291); without a zone. */
const bitsOfV6 = (text: string): bigint | undefined => {
  if (text.length > 45) return undefined
  const tail = text.slice(text.lastIndexOf(':') + 1)
  const dotted = tail.includes('.') ? bitsOfV4(tail) : undefined
  if (tail.includes('.') && dotted === undefined) return undefined
  const hex =
    dotted === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(dotted >> 16n).toString(16)}:${(dotted & 0xffffn).toString(16)}`
  const halves = hex.split('::')
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...rest]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((bits, group) => bits * 65536n + BigInt(`0x${group}`), 0n)
}

const V4_IN_V6 = 0xffffn

/** Every address as 128 bits: an IPv4 one as the IPv6 address that means it. */
const bitsOf = (text: string): bigint | undefined => {
  const v4 = bitsOfV4(text)
  return v4 === undefined ? bitsOfV6(text) : (V4_IN_V6 << 32n) + v4
}

interface Net {
  readonly first: bigint
  readonly hostBits: bigint
}

const net = (text: string): Net => {
  const [address = '', prefix = ''] = text.split('/')
  const first = bitsOf(address)
  if (first === undefined) throw new Error(`${text} is no network`)
  return { first, hostBits: BigInt((address.includes(':') ? 128 : 32) - Number(prefix)) }
}

const isIn = (nets: readonly Net[], bits: bigint): boolean =>
  nets.some(({ first, hostBits }) => bits >> hostBits === first >> hostBits)

const never = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  // Amazon's metadata service.
  'fd00:ec2::/32',
  // Ways to write an IPv4 address as an IPv6 one that routers translate back.
  '64:ff9b::/96',
  '2002::/16',
  // The metadata services of Alibaba Cloud and Oracle Cloud.
  '100.100.100.200/32',
  '192.0.0.192/32',
].map(net)

const privateNets = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(net)

const neverNames = /(^|\.)localhost\.?$|^metadata(\.google\.internal)?\.?$/i

export const isAddress = (text: string): boolean => bitsOf(text) !== undefined

/** Why this address may not be used; undefined when it may. `address` is an IP address without brackets. */
export const addressFault = (address: string, isPrivateAllowed: boolean): string | undefined => {
  const bits = bitsOf(address)
  if (bits === undefined) return `${address} is no IP address`
  if (isIn(never, bits)) return `${address} is a loopback, link-local or metadata address`
  if (!isPrivateAllowed && isIn(privateNets, bits)) return `${address} is a private address`
  return undefined
}

/** Names that mean such an address wherever they are resolved. */
export const isForbiddenName = (hostname: string): boolean => neverNames.test(hostname)

/** Why `url` may not be fetched, as far as its host says it without being resolved; undefined when it may. */
export const hostFault = ({ hostname }: URL, isPrivateAllowed: boolean): string | undefined => {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isForbiddenName(host)) return `${host} means a loopback or metadata address`
  return isAddress(host) ? addressFault(host, isPrivateAllowed) : undefined
}
