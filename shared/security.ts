import type { ContextItem } from '../crds/context.ts'
import type { KubeOpenCodeConfigSpec } from '../crds/config.ts'
import type { SkillSource } from '../crds/skill.ts'
import { hostFault } from './addresses.ts'
import { hasDigest, isImageAllowed } from './images.ts'
import { isHostAllowed, isPortNamed, placeOf } from './hosts.ts'

/** What a cluster's administrator lets Agents and Tasks reach and use. */
export type Security = KubeOpenCodeConfigSpec['security']

/** What holds where there is no KubeOpenCodeConfig. */
export const openSecurity: Security = {
  allowPrivateAddresses: true,
  requireImageDigest: false,
  requireServerPassword: true,
}

export interface SecurityFault {
  readonly field: string
  readonly message: string
}

export const faultText = ({ field, message }: SecurityFault): string => `${field}: ${message}`

const mostShown = 5

const shown = (allowed: readonly string[]): string =>
  allowed.length === 0
    ? 'none'
    : allowed.slice(0, mostShown).join(', ') +
      (allowed.length > mostShown ? ` and ${allowed.length - mostShown} more` : '')

const notAllowed = (what: string, list: keyof Security, allowed: readonly string[]): string =>
  `${what} is not allowed in this cluster: use one of ${shown(allowed)}, or have it added to spec.security.${list} of KubeOpenCodeConfig cluster`

/** A repository or a URL, and whether a Secret goes there. */
const hostFaults = (
  field: string,
  address: string,
  hasSecret: boolean,
  list: 'allowedGitHosts' | 'allowedURLHosts',
  security: Security,
): SecurityFault[] => {
  const allowed = security[list]
  const place = placeOf(address)
  if (allowed === undefined) return []
  if (!place) return [{ field, message: notAllowed('a host that cannot be read', list, allowed) }]
  if (!isHostAllowed(allowed, place)) return [{ field, message: notAllowed(`host ${place.host}`, list, allowed) }]
  if (!hasSecret || !place.isClear || isPortNamed(allowed, place)) return []
  const entry = `${place.host}:${place.port}`
  return [
    {
      field,
      message: `would send the Secret in clear text, which this cluster allows only where spec.security.${list} names ${entry}: use https://`,
    },
  ]
}

/** What the cluster does not allow of one list of contexts, which stands at `field`. */
export const contextSecurity = (
  field: string,
  contexts: readonly ContextItem[] = [],
  security: Security,
): SecurityFault[] =>
  contexts.flatMap(({ git, url }, index): SecurityFault[] => {
    const at = `${field}[${index}]`
    const source =
      url && URL.canParse(url.source) ? hostFault(new URL(url.source), security.allowPrivateAddresses) : undefined
    return [
      ...(git
        ? hostFaults(`${at}.git.repository`, git.repository, git.secretRef !== undefined, 'allowedGitHosts', security)
        : []),
      ...(url
        ? hostFaults(`${at}.url.source`, url.source, url.secretRef !== undefined, 'allowedURLHosts', security)
        : []),
      ...(source === undefined ? [] : [{ field: `${at}.url.source`, message: `must be another host: ${source}` }]),
    ]
  })

/** What a template and an Agent say that a cluster may not allow. */
export interface Secured {
  readonly contexts?: readonly ContextItem[] | undefined
  readonly skills?: readonly SkillSource[] | undefined
  readonly serviceAccountName?: string | undefined
  readonly agentImage?: string | undefined
  readonly executorImage?: string | undefined
  readonly attachImage?: string | undefined
}

/** The ServiceAccount alone, because a fault of it has a reason of its own. */
export const accountSecurity = ({ serviceAccountName }: Secured, security: Security): SecurityFault[] => {
  const { allowedServiceAccounts } = security
  if (serviceAccountName === undefined || allowedServiceAccounts === undefined) return []
  if (allowedServiceAccounts.includes(serviceAccountName)) return []
  const message = notAllowed(`ServiceAccount ${serviceAccountName}`, 'allowedServiceAccounts', allowedServiceAccounts)
  return [{ field: 'spec.serviceAccountName', message }]
}

/** The images that are chosen here; those of the installation itself are not a user's choice. */
export const imageSecurity = (secured: Secured, security: Security): SecurityFault[] => {
  const { allowedImages, requireImageDigest } = security
  return (['agentImage', 'executorImage', 'attachImage'] as const).flatMap((name): SecurityFault[] => {
    const image = secured[name]
    if (image === undefined) return []
    const field = `spec.${name}`
    return [
      ...(allowedImages === undefined || isImageAllowed(allowedImages, image)
        ? []
        : [{ field, message: notAllowed(`image ${image}`, 'allowedImages', allowedImages) }]),
      ...(requireImageDigest && !hasDigest(image)
        ? [
            {
              field,
              message: `image ${image} has no digest, which spec.security.requireImageDigest of KubeOpenCodeConfig cluster asks for: add @sha256:… to it`,
            },
          ]
        : []),
    ]
  })
}

/** Where contexts and skills come from. */
export const sourceSecurity = ({ contexts, skills = [] }: Secured, security: Security): SecurityFault[] => [
  ...contextSecurity('spec.contexts', contexts, security),
  ...skills.flatMap(({ git }, index) =>
    hostFaults(
      `spec.skills[${index}].git.repository`,
      git.repository,
      git.secretRef !== undefined,
      'allowedGitHosts',
      security,
    ),
  ),
]
