import type { Profile } from '../../shared/merge-template.ts'
import type { Container, EnvVar } from 'kubernetes-types/core/v1'
import { imagePullPolicy } from '../../shared/images.ts'
import { caPath, toolsDir } from './directories.ts'
import type { PodParts } from './init-containers.ts'
import { toolsMount } from './init-containers.ts'

/** The public authorities that the agent's image trusts and the user's own, in one file. */
const bundlePath = `${toolsDir}/ca-bundle.crt`

/** Where distributions keep the authorities they trust: Debian, Fedora, SUSE, Alpine. */
const publicBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

const script = `set -eu
for file in ${publicBundles.join(' ')}; do
  if [ -s "$file" ]; then cat "$file"; echo; break; fi
done > ${bundlePath}.partial
cat ${caPath} >> ${bundlePath}.partial
mv -f ${bundlePath}.partial ${bundlePath}`

/**
 * What the agent runs takes one file in the place of what its image trusts, so the two are joined before it starts: in
 * its own image, which knows what is public. It is there for commands of the user's own and in a terminal, too.
 */
export const trustParts = ({ caBundle }: Profile, image: string): PodParts => {
  const init: Container = {
    name: 'ca-init',
    image,
    imagePullPolicy: imagePullPolicy(image),
    command: ['sh', '-c', script],
    volumeMounts: [toolsMount],
  }
  return { initContainers: caBundle ? [init] : [], volumes: [], mounts: [] }
}

/** Variables by which programs find that file: Git, OpenSSL and Go, curl, Python. Node and OpenCode add to what they trust. */
export const trustEnv = ({ caBundle }: Profile): EnvVar[] =>
  caBundle
    ? [
        ...['GIT_SSL_CAINFO', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'].map((name) => ({
          name,
          value: bundlePath,
        })),
        { name: 'NODE_EXTRA_CA_CERTS', value: caPath },
      ]
    : []
