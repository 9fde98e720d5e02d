import { lookup as resolveName } from 'node:dns'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { type LookupFunction } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { addressFault, hostFault } from '../../shared/addresses.ts'
import { isHostAllowed, placeOf } from '../../shared/hosts.ts'
import { readUrl, readUrlInputs, type UrlInputs } from './url/inputs.ts'
import { HelperFault, type Helper } from './helper.ts'

const maxRedirects = 5

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** What can be said of a hop before anything is resolved. */
const checkHop = (url: URL, { allowedHosts, isPrivateAllowed }: UrlInputs): void => {
  const fault = hostFault(url, isPrivateAllowed)
  if (fault) throw new HelperFault(`${url.origin} may not be fetched: ${fault}.`)
  const place = placeOf(url.href)
  if (allowedHosts.length > 0 && !(place && isHostAllowed(allowedHosts, place)))
    throw new HelperFault(
      `${url.origin} may not be fetched: the cluster's configuration allows ${allowedHosts.join(', ')} only.`,
    )
}

/** Resolves and checks in one step, so that the address that was checked is the one that is connected to. */
const guardedLookup =
  ({ isPrivateAllowed }: UrlInputs, proxyHosts: readonly string[]): LookupFunction =>
  (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '')
      // The administrator's proxy may be anywhere; it is the proxy that connects to the target.
      const faults = proxyHosts.includes(hostname)
        ? []
        : addresses.map(({ address }) => addressFault(address, isPrivateAllowed))
      const fault = faults.find((found) => found !== undefined)
      if (fault) return callback(new HelperFault(`${hostname} may not be fetched: ${fault}.`), '')
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }

const proxyHostsOf = (proxyEnv: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(proxyEnv).flatMap(([name, value]) =>
    /no_proxy/i.test(name) || !URL.canParse(value) ? [] : [hostOf(new URL(value))],
  )

const agentFor = async (url: URL, inputs: UrlInputs): Promise<HttpAgent | HttpsAgent> => {
  const { proxyEnv, caPath, shouldSkipVerification } = inputs
  const common = { proxyEnv, lookup: guardedLookup(inputs, proxyHostsOf(proxyEnv)) }
  if (url.protocol === 'http:') return new HttpAgent(common)
  const own =
    caPath === undefined
      ? undefined
      : await readFile(caPath, 'utf8').catch((cause: unknown) => {
          throw new HelperFault(`The CA bundle ${caPath} cannot be read; check the Agent's caBundle.`, { cause })
        })
  return new HttpsAgent({
    ...common,
    ...(own !== undefined && { ca: [...rootCertificates, own] }),
    rejectUnauthorized: !shouldSkipVerification,
  })
}

const open = async (
  url: URL,
  headers: Record<string, string>,
  inputs: UrlInputs,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  const agent = await agentFor(url, inputs)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return await new Promise((resolve, reject) => {
    request(url, { agent, headers, signal }, resolve).on('error', reject).end()
  })
}

const readBody = async (response: IncomingMessage, maxBytes: number, url: URL): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      response.destroy()
      throw new HelperFault(`${url.origin}${url.pathname} is larger than ${maxBytes} bytes; fetch something smaller.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const fetchAll = async (inputs: UrlInputs, signal: AbortSignal): Promise<Buffer> => {
  let url = inputs.source
  const plain = { 'user-agent': 'kubeopencode', accept: '*/*', 'accept-encoding': 'identity' }
  for (let hop = 0; hop <= maxRedirects; hop++) {
    checkHop(url, inputs)
    // Headers may hold tokens: another host gets none of ours.
    const own = url.origin === inputs.source.origin
    const headers = {
      ...plain,
      ...(own && inputs.headers),
      ...(own && inputs.authorization && { authorization: inputs.authorization }),
    }
    const response = await open(url, headers, inputs, signal)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return await readBody(response, inputs.maxBytes, url)
    response.destroy()
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
      throw new HelperFault(
        `${url.origin}${url.pathname} answers ${status}${status === 401 || status === 403 ? '; check the Secret named in secretRef' : '; check the address'}.`,
      )
    const next = readUrl(URL.canParse(location, url) ? new URL(location, url).href : location)
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw new HelperFault(`${url.origin} redirects from https to http (${next.origin}), which is not followed.`)
    url = next
  }
  throw new HelperFault(`${inputs.source.origin} redirects more than ${maxRedirects} times.`)
}

const faultOf = (error: unknown, { source, timeoutSeconds }: UrlInputs, isTimedOut: boolean): HelperFault => {
  if (error instanceof HelperFault) return error
  const { code, message } = error as { code?: string; message?: string }
  const where = `${source.origin}${source.pathname}`
  if (isTimedOut)
    return new HelperFault(
      `${where} did not answer in full within ${timeoutSeconds} s; raise timeout or check the address.`,
    )
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code ?? ''))
    return new HelperFault(
      `${where} has a certificate that is not trusted (${code}); put its CA in the Agent's caBundle.`,
    )
  return new HelperFault(`${where} could not be fetched: ${message || code || 'no reason given'}.`)
}

const writeAtomically = async (target: string, content: Buffer, mode: number): Promise<void> => {
  const partial = join(dirname(target), `.${basename(target)}.partial`)
  try {
    await mkdir(dirname(target), { recursive: true })
    await writeFile(partial, content)
    await chmod(partial, mode)
    await rename(partial, target)
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw new HelperFault(
      `The file ${target} could not be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    )
  }
}

export const urlFetch: Helper = {
  purpose: 'fetches one file over HTTP; never from loopback, link-local or metadata addresses',
  variables: {
    URL_SOURCE: 'https:// or http:// address (required)',
    URL_TARGET: 'file to write (required)',
    URL_FILE_MODE: 'permissions as a decimal number, default 420 (0644)',
    URL_HEADERS: 'JSON object of header names and values',
    URL_AUTH_TOKEN: 'bearer token',
    URL_AUTH_USERNAME: 'for basic authentication',
    URL_AUTH_PASSWORD: 'for basic authentication',
    URL_TIMEOUT: 'seconds for everything, default 30',
    URL_MAX_BYTES: 'default 10485760',
    URL_INSECURE: 'true skips the verification of certificates',
    URL_ALLOW_PRIVATE: 'false refuses private addresses, default true',
    URL_ALLOWED_HOSTS: 'comma-separated hosts; any if unset',
    CUSTOM_CA_CERT_PATH: 'PEM certificates to trust besides those of the system',
  },
  run: async (env, print) => {
    const inputs = readUrlInputs(env)
    const deadline = AbortSignal.timeout(inputs.timeoutSeconds * 1000)
    const content = await fetchAll(inputs, deadline).catch((error: unknown) => {
      throw faultOf(error, inputs, deadline.aborted)
    })
    await writeAtomically(inputs.target, content, inputs.mode)
    print(`wrote ${content.length} bytes from ${inputs.source.origin}${inputs.source.pathname} to ${inputs.target}`)
  },
}
