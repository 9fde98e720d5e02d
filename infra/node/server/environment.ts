import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLoopback } from '../../../functions/api/access/browser.ts'
import { callbackPath } from '../../../functions/api/access/oidc-routes.ts'
import type { OidcOptions } from '../../../functions/api/access/oidc.ts'
import { OIDC_FOLDER, SESSION_KEY } from '../../generate/installation.ts'
import type { LogLevel } from '../../log.ts'
import { logLevels } from '../../log.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface ServerEnvironment {
  /** Such as `/kubeopencode`; empty for the root, which the variable calls `/`. */
  readonly basePath: string
  /** Names under which the server may be called; any where it is undefined. */
  readonly hosts: readonly string[] | undefined
  readonly logLevel: LogLevel
  /** Undefined where nobody logs in with an identity provider. */
  readonly oidc: OidcEnvironment | undefined
}

export type OidcEnvironment = Omit<OidcOptions, 'fetch'>

const readOidc = (variables: Variables, basePath: string, folder: string): OidcEnvironment | undefined => {
  const issuer = variables['KUBEOPENCODE_OIDC_ISSUER'] ?? ''
  if (issuer === '') return undefined
  if (!URL.canParse(issuer) || new URL(issuer).protocol !== 'https:')
    throw new Error(`KUBEOPENCODE_OIDC_ISSUER is "${issuer}"; it must be an https address, as the apiserver knows it`)
  const clientId = variables['KUBEOPENCODE_OIDC_CLIENT_ID'] ?? ''
  if (clientId === '')
    throw new Error('KUBEOPENCODE_OIDC_CLIENT_ID is missing; it is the audience that the apiserver asks for')
  const external = variables['KUBEOPENCODE_EXTERNAL_URL'] ?? ''
  const url = URL.canParse(external) ? new URL(external) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host))
  if (!url || !isSafe || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new Error(
      `KUBEOPENCODE_EXTERNAL_URL is "${external}"; it must be where browsers find this server, such as https://koc.example.com`,
    )
  const scopes = (variables['KUBEOPENCODE_OIDC_SCOPES'] || 'openid profile email').split(/[\s,]+/).filter(Boolean)
  if (!scopes.includes('openid'))
    throw new Error(`KUBEOPENCODE_OIDC_SCOPES is "${scopes.join(' ')}"; openid has to be one of them`)
  const clientSecret = mounted(join(folder, 'client-secret'))?.trim()
  return {
    issuer,
    clientId,
    scopes,
    redirectUri: `${url.origin}${basePath}${callbackPath}`,
    ...(clientSecret && { clientSecret }),
  }
}

/** A file that may be there or not. */
const mounted = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read`, { cause })
  }
}

/** Authorities of the identity provider beside those that everybody trusts. */
export const oidcAuthority = (folder = OIDC_FOLDER): string | undefined => mounted(join(folder, 'ca.crt'))

/** Reads the variables, once. Throws a sentence that names the variable that is wrong. */
export const readServerEnvironment = (variables: Variables, oidcFolder = OIDC_FOLDER): ServerEnvironment => {
  const basePath = (variables['KUBEOPENCODE_BASE_PATH'] ?? '').replace(/\/$/, '')
  if (!/^(\/[\w.~-]+)*$/.test(basePath) || basePath.includes('..'))
    throw new Error(`KUBEOPENCODE_BASE_PATH is "${basePath}"; it must be / or a path such as /kubeopencode`)
  const hosts = (variables['KUBEOPENCODE_HOSTS'] ?? '').split(',').flatMap((host) => host.trim().toLowerCase() || [])
  const level = variables['KUBEOPENCODE_LOG_LEVEL'] || 'info'
  const logLevel = logLevels.find((one) => one === level)
  if (logLevel === undefined)
    throw new Error(`KUBEOPENCODE_LOG_LEVEL is "${level}"; it must be one of ${logLevels.join(', ')}`)
  const served = hosts.length > 0 && !hosts.includes('*') ? hosts : undefined
  const oidc = readOidc(variables, basePath, oidcFolder)
  const host = oidc && new URL(oidc.redirectUri).hostname
  if (served && host !== undefined && !served.includes(host))
    throw new Error(
      `KUBEOPENCODE_HOSTS (server.hosts of the chart) does not name ${host}, to which the identity provider sends browsers back; add it`,
    )
  return { basePath, hosts: served, logLevel, oidc }
}

/** The key that copies of the server share, where one is mounted; else one of this process alone. */
export const sessionKey = (file = SESSION_KEY): { key: Uint8Array<ArrayBuffer>; isShared: boolean } => {
  try {
    return { key: new Uint8Array(readFileSync(file)), isShared: true }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Error(`the key of sessions, ${file}, cannot be read`, { cause })
    return { key: crypto.getRandomValues(new Uint8Array(32)), isShared: false }
  }
}
