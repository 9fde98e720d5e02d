import type { KubeObject } from '../../shared/kubernetes.ts'
import { mutatingConfiguration, validatingConfiguration } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { secretPattern } from './behind-secret.ts'

export interface Registration {
  /** Address of the webhooks, without the secret. */
  readonly url: string
  /** Where `url` and `secret` are found, for the sentence that says that one is none. */
  readonly origins: { readonly url: string; readonly secret: string }
  readonly secret: string
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The webhook configurations of an address that public authorities sign for, which the apiserver trusts without a
 * caBundle. Throws a sentence where `url` or `secret` is none.
 */
export const publicConfigurations = ({ url, secret, origins, labels }: Registration): readonly KubeObject[] => {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new Error(`--url is "${url}"; it must be the https address ${origins.url}`)
  if (!secretPattern.test(secret))
    throw new Error(`the secret must be 64 hexadecimal digits, those in ${origins.secret}`)
  const reach = { reach: { url: `${url.replace(/\/+$/, '')}/${secret}` }, labels }
  return [mutatingConfiguration(hooks, reach), validatingConfiguration(hooks, reach)]
}
