import type { Credential } from '../../crds/credential.ts'
import { cleanPath } from '../../crds/paths.ts'
import type { EnvFromSource, EnvVar, Volume, VolumeMount } from 'kubernetes-types/core/v1'

export interface CredentialParts {
  readonly env: EnvVar[]
  readonly envFrom: EnvFromSource[]
  readonly volumes: Volume[]
  readonly mounts: VolumeMount[]
}

const defaultMode = 0o600

/**
 * Four forms: the whole Secret as variables, the whole Secret as a directory, one key as a variable, one key as a file.
 * A key may be both a variable and a file.
 */
export const credentialParts = (credentials: readonly Credential[]): CredentialParts => {
  const parts: CredentialParts = { env: [], envFrom: [], volumes: [], mounts: [] }
  for (const [index, { secretRef, env, mountPath: given, fileMode }] of credentials.entries()) {
    const { name, key } = secretRef
    const mountPath = given === undefined ? undefined : (cleanPath(given) ?? given)
    if (key === undefined && mountPath === undefined) parts.envFrom.push({ secretRef: { name } })
    if (key !== undefined && env !== undefined)
      parts.env.push({ name: env, valueFrom: { secretKeyRef: { name, key } } })
    if (mountPath === undefined) continue
    const volume = `credential-${index}`
    const file = key === undefined ? undefined : (mountPath.split('/').at(-1) ?? key)
    parts.volumes.push({
      name: volume,
      secret: {
        secretName: name,
        defaultMode: fileMode ?? defaultMode,
        ...(key !== undefined && file !== undefined && { items: [{ key, path: file, mode: fileMode ?? defaultMode }] }),
      },
    })
    parts.mounts.push({ name: volume, mountPath, readOnly: true, ...(file !== undefined && { subPath: file }) })
  }
  return parts
}
