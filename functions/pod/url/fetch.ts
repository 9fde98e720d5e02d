import type { LookupAddress, LookupOptions } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { isForbiddenName } from '../../../shared/addresses.ts'
import { HelperFault, mayAsk } from '../helper.ts'
import { readUrl, type UrlInputs } from './inputs.ts'
import { proxyFor } from './proxy.ts'

/** What a name means, and which addresses may be connected to. */
export interface Network {
  readonly resolve: (
    hostname: string,
    options: LookupOptions & { readonly all: true },
    answer: (error: Error | null, addresses: LookupAddress[]) => void,
  ) => void
  /** Why this address may not be used; undefined when it may. */
  readonly addressFault: (address: string, isPrivateAllowed: boolean) => string | undefined
}

/** Trying again may help. */
export class PassingFault extends HelperFault {}

const maxRedirects = 5
const redirects = new Set([301, 302, 303, 307, 308])

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

const refused = (where: string, why: string): HelperFault => new HelperFault(`${where} may not be fetched: ${why}.`)

const addressFaultOf = (
  addresses: readonly LookupAddress[],
  { isPrivateAllowed }: UrlInputs,
  { addressFault }: Network,
): string | undefined =>
  addresses.map(({ address }) => addressFault(address, isPrivateAllowed)).find((found) => found !== undefined)

/** What can be said of a hop before anything is sent. */
const checkHop = async (url: URL, inputs: UrlInputs, network: Network, isProxied: boolean): Promise<void> => {
  const { allowedHosts, isPrivateAllowed } = inputs
  const host = hostOf(url)
  if (isForbiddenName(host)) throw refused(url.origin, `${host} means a loopback or metadata address`)
  const fault = isIP(host) ? network.addressFault(host, isPrivateAllowed) : undefined
  if (fault) throw refused(url.origin, fault)
  if (!mayAsk(allowedHosts, url.href))
    throw refused(
      url.origin,
      `the cluster's configuration allows ${allowedHosts?.length ? `${allowedHosts.join(', ')} only` : 'no host'}`,
    )
  if (!isProxied || isIP(host)) return
  // The proxy resolves the name again and connects; what the name means here is the best that is known of that.
  const addresses = await new Promise<LookupAddress[]>((resolve) => {
    network.resolve(host, { all: true }, (error, found) => resolve(error ? [] : found))
  })
  const known = addressFaultOf(addresses, inputs, network)
  if (known) throw refused(host, known)
}

/** Resolves and checks in one step, so that the address that was checked is the one that is connected to. */
const guardedLookup =
  (inputs: UrlInputs, network: Network): LookupFunction =>
  (hostname, options, callback) => {
    network.resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses
      const fault = first && addressFaultOf(addresses, inputs, network)
      if (fault) callback(refused(hostname, fault), '')
      else if (!first) callback(error ?? new Error(`${hostname} has no address`), '')
      else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }

const certificates = async (caPath: string): Promise<string[]> => {
  const own = await readFile(caPath, 'utf8').catch((cause: unknown) => {
    throw new HelperFault(`The CA bundle ${caPath} cannot be read; check the Agent's caBundle.`, { cause })
  })
  if (!own.includes('-----BEGIN CERTIFICATE-----'))
    throw new HelperFault(`The CA bundle ${caPath} holds no PEM certificate; check the Agent's caBundle.`)
  return [...rootCertificates, own]
}

const agentFor = async (url: URL, proxy: string | undefined, inputs: UrlInputs, network: Network) => {
  const { caPath, shouldSkipVerification } = inputs
  // The administrator's proxy may be anywhere; it is the proxy that connects to the target.
  const way =
    proxy === undefined
      ? { lookup: guardedLookup(inputs, network) }
      : { proxyEnv: { [`${url.protocol.slice(0, -1)}_proxy`]: proxy } }
  if (url.protocol === 'http:') return new HttpAgent(way)
  return new HttpsAgent({
    ...way,
    ...(caPath !== undefined && { ca: await certificates(caPath) }),
    rejectUnauthorized: !shouldSkipVerification,
  })
}

const open = async (
  url: URL,
  headers: Record<string, string>,
  agent: HttpAgent | HttpsAgent,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return await new Promise((resolve, reject) => {
    request(url, { agent, headers, signal }, resolve).on('error', reject).end()
  })
}

const readBody = async (response: IncomingMessage, maxBytes: number, where: string): Promise<Buffer> => {
  const tooLarge = (): HelperFault => {
    response.destroy()
    return new HelperFault(`${where} is larger than ${maxBytes} bytes; fetch something smaller.`)
  }
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    response.destroy()
    throw new HelperFault(`${where} is sent with the encoding ${encoding.slice(0, 20)}, which was not asked for.`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const statusFault = (where: string, status: number): HelperFault => {
  if (status === 401 || status === 403)
    return new HelperFault(`${where} answers ${status}; check the Secret named in secretRef.`)
  const isPassing = status === 429 || status >= 500
  return isPassing
    ? new PassingFault(`${where} answers ${status}; its server has a fault of its own.`)
    : new HelperFault(`${where} answers ${status}; check the address.`)
}

/** A query may hold a secret, so no sentence repeats it. */
const withoutQuery = ({ origin, pathname }: URL): string => `${origin}${pathname}`

const plainHeaders = { 'user-agent': 'kubeopencode', accept: '*/*', 'accept-encoding': 'identity' }

/** Follows redirects; every hop is checked as the first. Throws HelperFault, or what Node threw. */
const fetchOnce = async (inputs: UrlInputs, network: Network, signal: AbortSignal): Promise<Buffer> => {
  let url = inputs.source
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const proxy = proxyFor(url, inputs.proxyEnv)
    await checkHop(url, inputs, network, proxy !== undefined)
    // Headers may hold tokens: another host gets none of ours.
    const isOwn = url.origin === inputs.source.origin
    const headers = { ...plainHeaders, ...(isOwn && { ...inputs.headers, ...inputs.authority }) }
    const agent = await agentFor(url, proxy, inputs, network)
    try {
      const response = await open(url, headers, agent, signal)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) return await readBody(response, inputs.maxBytes, withoutQuery(url))
      response.destroy()
      const { location } = response.headers
      if (!redirects.has(status) || location === undefined) throw statusFault(withoutQuery(url), status)
      const next = readUrl(URL.canParse(location, url) ? new URL(location, url).href : location)
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw new HelperFault(`${url.origin} redirects from https to http (${next.origin}), which is not followed.`)
      url = next
    } finally {
      agent.destroy()
    }
  }
  throw new HelperFault(`${inputs.source.origin} redirects more than ${maxRedirects} times.`)
}

const faultOf = (error: unknown, { source, timeoutSeconds }: UrlInputs, isTimedOut: boolean): HelperFault => {
  const where = withoutQuery(source)
  if (isTimedOut)
    return new HelperFault(
      `${where} did not answer in full within ${timeoutSeconds} s; raise timeout or check the address.`,
    )
  if (error instanceof HelperFault) return error
  const { code, message } = error as { code?: string; message?: string }
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code ?? ''))
    return new HelperFault(
      `${where} has a certificate that is not trusted (${code}); put its CA in the Agent's caBundle.`,
    )
  return new PassingFault(`${where} could not be fetched: ${message || code || 'no reason given'}.`)
}

/** The content of `inputs.source`, within the time and the tries it has. Throws HelperFault with the whole story. */
export const fetchContent = async (
  inputs: UrlInputs,
  network: Network,
  print: (line: string) => void,
): Promise<Buffer> => {
  const deadline = AbortSignal.timeout(inputs.timeoutSeconds * 1000)
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(inputs, network, deadline)
    } catch (error) {
      const fault = faultOf(error, inputs, deadline.aborted)
      if (!(fault instanceof PassingFault) || attempt >= inputs.tries) throw fault
      print(`attempt ${attempt} of ${inputs.tries} failed: ${fault.message}`)
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt))
    }
  }
}
