import { BlockList, isIP } from 'node:net'
import type { Env } from '../helper.ts'

const isInNetwork = (host: string, network: string): boolean => {
  const [base = '', bits = ''] = network.split('/')
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  if (isIP(base) === 0 || isIP(host) !== isIP(base) || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return false
  const list = new BlockList()
  list.addSubnet(base, Number(bits), family)
  return list.check(host, family)
}

/** Whether an entry of NO_PROXY means this host: a name and all below it, an address, a network, or `*` for all. */
const isMeant = (entry: string, host: string, port: string): boolean => {
  if (entry === '*') return true
  if (entry.includes('/')) return isInNetwork(host, entry)
  const [, name = '', only] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? []
  const bare = name.replace(/^\[|\]$/g, '')
  return bare !== '' && (only === undefined || only === port) && (host === bare || host.endsWith(`.${bare}`))
}

/**
 * The proxy that `url` is fetched through, undefined where it is reached directly; from the variables that curl and Go
 * read too.
 */
export const proxyFor = (url: URL, env: Env): string | undefined => {
  const scheme = url.protocol.slice(0, -1)
  const proxy = env[`${scheme}_proxy`] ?? env[`${scheme.toUpperCase()}_PROXY`]
  if (!proxy) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || (scheme === 'https' ? '443' : '80')
  const entries = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').toLowerCase().split(/[\s,]+/)
  return entries.some((entry) => isMeant(entry, host, port)) ? undefined : proxy
}
