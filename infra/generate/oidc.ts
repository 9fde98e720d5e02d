import type { EnvVar } from 'kubernetes-types/core/v1'

/** What infra/node/server reads of an identity provider. */
export const oidcEnvironment = (provider: {
  readonly issuer: string
  readonly clientId: string
  /** With spaces between them. */
  readonly scopes: string
  readonly externalUrl: string
}): EnvVar[] => [
  { name: 'KUBEOPENCODE_OIDC_ISSUER', value: provider.issuer },
  { name: 'KUBEOPENCODE_OIDC_CLIENT_ID', value: provider.clientId },
  { name: 'KUBEOPENCODE_OIDC_SCOPES', value: provider.scopes },
  { name: 'KUBEOPENCODE_EXTERNAL_URL', value: provider.externalUrl },
]
