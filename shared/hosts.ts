/** Where something is fetched from: a host, and the port it is asked at. */
export interface Place {
  readonly host: string
  readonly port: number
  /** Whether what is sent can be read on the way. */
  readonly isClear: boolean
}

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80, 'ssh:': 22 }

/** The place of an http, https or ssh URL, or of `git@host:path`; undefined where it is none. */
export const placeOf = (address: string): Place | undefined => {
  const [, scpHost] = /^git@([^:/[\]]+|\[[^\]]+\]):/.exec(address) ?? []
  if (scpHost !== undefined) return { host: scpHost.toLowerCase(), port: 22, isClear: false }
  if (!URL.canParse(address)) return undefined
  const { protocol, hostname, port } = new URL(address)
  const standard = defaultPorts[protocol]
  if (standard === undefined || hostname === '') return undefined
  return {
    host: hostname.toLowerCase().replace(/\.$/, ''),
    port: port === '' ? standard : Number(port),
    isClear: protocol === 'http:',
  }
}

/** `git.example.com`, `git.example.com:8443` (that port alone), `*.example.com` (every name below, not itself). */
const matches = (entry: string, { host, port }: Place): boolean => {
  const [, name = '', wanted] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  if (wanted !== undefined && Number(wanted) !== port) return false
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length > name.length - 1 : host === name
}

/** Whether a list of hosts lets `place` through; no list lets all through. */
export const isHostAllowed = (hosts: readonly string[] | undefined, place: Place): boolean =>
  hosts === undefined || hosts.some((entry) => matches(entry, place))

/** Whether the list names the place with its port: who writes the port of plain HTTP means it. */
export const isPortNamed = (hosts: readonly string[], place: Place): boolean =>
  hosts.some((entry) => /:\d+$/.test(entry) && matches(entry, place))
