import type { EnvVar, Volume, VolumeMount } from 'kubernetes-types/core/v1'

/** Authorities that the controller trusts beside the public ones, when it speaks with a collector or a broker. */
export interface Trusted {
  readonly environment: readonly EnvVar[]
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
}

export const trustedByAll: Trusted = { environment: [], volumes: [], mounts: [] }

const volume = 'trusted-ca'
const folder = '/etc/kubeopencode/trusted'
const file = 'ca.crt'

/** Node reads the file when it starts. https://nodejs.org/api/cli.html#node_extra_ca_certsfile */
export const trustedOf = (configMap: string, key: string): Trusted => ({
  environment: [{ name: 'NODE_EXTRA_CA_CERTS', value: `${folder}/${file}` }],
  volumes: [{ name: volume, configMap: { name: configMap, items: [{ key, path: file }] } }],
  mounts: [{ name: volume, mountPath: folder, readOnly: true }],
})
