import type * as z from 'zod'
import type { ContextItem } from '../crds/context.ts'
import { inferContextType } from '../crds/context.ts'
import type { CaBundle, Proxy } from '../crds/execution.ts'
import type { ObjectMeta } from '../crds/metadata.ts'
import { DEFAULT_CA_CONFIG_MAP_KEY, DEFAULT_CA_SECRET_KEY, GROUP } from '../crds/names.ts'
import { isSame } from '../shared/merge-patch.ts'
import { withClusterSuffixes } from '../shared/no-proxy.ts'

interface Contextual {
  contexts?: z.input<typeof ContextItem>[]
}

/** Each context with its type, where it says it only by the one member it has. */
export const withContextTypes = <T extends Contextual>(spec: T): T =>
  spec.contexts
    ? {
        ...spec,
        contexts: spec.contexts.map((item) => {
          const type = item.type ?? inferContextType(item)
          return type === undefined ? item : { ...item, type }
        }),
      }
    : spec

/** The keys that trust-manager and cert-manager use. */
export const withCaKeys = <T extends { caBundle?: z.input<typeof CaBundle> }>(spec: T): T => {
  if (!spec.caBundle) return spec
  const { configMapRef, secretRef } = spec.caBundle
  return {
    ...spec,
    caBundle: {
      ...spec.caBundle,
      ...(configMapRef && { configMapRef: { ...configMapRef, key: configMapRef.key ?? DEFAULT_CA_CONFIG_MAP_KEY } }),
      ...(secretRef && { secretRef: { ...secretRef, key: secretRef.key ?? DEFAULT_CA_SECRET_KEY } }),
    },
  }
}

/** In-cluster names never go through a proxy. */
export const withNoProxy = <T extends { proxy?: z.input<typeof Proxy> }>(spec: T, clusterDomain: string): T =>
  spec.proxy
    ? { ...spec, proxy: { ...spec.proxy, noProxy: withClusterSuffixes(spec.proxy.noProxy, clusterDomain) } }
    : spec

/** The labels of our prefix are exactly `own`, whatever a user wrote: they say what the spec says, and nothing else. */
export const withOwnLabels = <T extends { metadata: z.input<typeof ObjectMeta> }>(
  object: T,
  own: Readonly<Record<string, string | undefined>>,
): T => {
  const said = object.metadata.labels ?? {}
  const labels: Record<string, string> = Object.fromEntries(
    Object.entries(said).filter(([name]) => !name.startsWith(`${GROUP}/`)),
  )
  for (const [name, value] of Object.entries(own)) if (value !== undefined) labels[name] = value
  return isSame(said, labels) ? object : { ...object, metadata: { ...object.metadata, labels } }
}
