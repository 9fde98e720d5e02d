/** Which addresses content may be fetched from: the check that a Pod is not used to reach its node or the cloud's metadata. */
import { BlockList, isIP } from 'node:net'

const never = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  never.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // Amazon's metadata service.
  ['fd00:ec2::', 32],
  // Ways to write an IPv4 address as an IPv6 one that routers translate back.
  ['64:ff9b::', 96],
  ['2002::', 16],
] as const)
  never.addSubnet(net, prefix, 'ipv6')
// The metadata services of Alibaba Cloud and Oracle Cloud.
never.addAddress('100.100.100.200')
never.addAddress('192.0.0.192')

const privateNets = new BlockList()
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateNets.addSubnet(net, prefix, 'ipv4')
privateNets.addSubnet('fc00::', 7, 'ipv6')

const neverNames = /(^|\.)localhost\.?$|^metadata(\.google\.internal)?\.?$/i

/** Why this address may not be used; undefined when it may. `address` is an IP address without brackets. */
export const addressFault = (address: string, isPrivateAllowed: boolean): string | undefined => {
  const version = isIP(address)
  if (version === 0) return `${address} is no IP address`
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (never.check(address, family)) return `${address} is a loopback, link-local or metadata address`
  if (!isPrivateAllowed && privateNets.check(address, family)) return `${address} is a private address`
  return undefined
}

/** Names that mean such an address wherever they are resolved. */
export const isForbiddenName = (hostname: string): boolean => neverNames.test(hostname)
