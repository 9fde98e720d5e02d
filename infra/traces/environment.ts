import { version } from '../../shared/images.ts'

/** Where spans go, and what is said with them. */
export interface TracesTo {
  /** It may be anybody's, and is not told. */
  readonly url: string
  /** They may hold a secret, and are never told. */
  readonly headers: Readonly<Record<string, string>>
  /** Attributes of who tells. */
  readonly resource: Readonly<Record<string, string>>
}

type Variables = Readonly<Record<string, string | undefined>>

const pairForm = 'it must be such as name=value,other=value, with %-escapes where a value has commas'

/** `key=value,key=value`, values with %-escapes. A fault names the variable and not what is in it: it may be a secret. */
const pairs = (variables: Variables, name: string): Record<string, string> => {
  const parts = (variables[name] ?? '').split(',').map((part) => part.trim())
  return Object.fromEntries(
    parts.filter(Boolean).map((part) => {
      const at = part.indexOf('=')
      if (at < 1) throw new Error(`${name} has a part without a name or a value; ${pairForm}`)
      try {
        return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())]
      } catch {
        throw new Error(`${name} has a wrong %-escape; ${pairForm}`)
      }
    }),
  )
}

const endpointName = (variables: Variables): string | undefined =>
  variables['OTEL_SDK_DISABLED'] === 'true'
    ? undefined
    : ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].find((one) => variables[one])

/** Whether the variables name a collector, rightly or not. */
export const isTraced = (variables: Variables): boolean => endpointName(variables) !== undefined

const endpointOf = (variables: Variables): { readonly name: string; readonly url: URL } | undefined => {
  const name = endpointName(variables)
  if (name === undefined) return undefined
  const text = variables[name] ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Error(`${name} must be an http or https address without a user, such as http://collector:4318`)
  return { name, url }
}

const protocolNames = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const

/** An address that takes gRPC alone would answer nothing that is said to it. */
const assertHttp = (variables: Variables): void => {
  const name = protocolNames.find((one) => variables[one])
  if (name !== undefined && variables[name] === 'grpc')
    throw new Error(`${name} is "grpc", which is not spoken here; name the port for HTTP, usually 4318, and http/json`)
}

const headersOf = (variables: Variables): Record<string, string> => {
  const name = ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'].find((one) => variables[one])
  if (name === undefined) return {}
  const headers = pairs(variables, name)
  try {
    return Object.fromEntries(new Headers(headers))
  } catch {
    throw new Error(`${name} has a name or a value that no HTTP header may have; ${pairForm}`)
  }
}

/**
 * The variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/ that are read; undefined where nobody collects.
 * Throws a sentence that names the variable that is wrong.
 */
export const readTracesTo = (variables: Variables): TracesTo | undefined => {
  const endpoint = endpointOf(variables)
  if (!endpoint) return undefined
  assertHttp(variables)
  const { name, url } = endpoint
  // The one for all signals is a beginning; the one for traces is used as it is.
  if (name === 'OTEL_EXPORTER_OTLP_ENDPOINT') url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return {
    url: url.href,
    headers: headersOf(variables),
    resource: {
      'service.name': 'kubeopencode',
      'service.version': version,
      ...pairs(variables, 'OTEL_RESOURCE_ATTRIBUTES'),
      ...(variables['OTEL_SERVICE_NAME'] && { 'service.name': variables['OTEL_SERVICE_NAME'] }),
    },
  }
}
