import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type ProgramName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'kubelet'
  | 'kubectl'
  | 'coredns'
  | 'helm'

/** One project that programs are built from or downloaded from. Its version is the one its go.mod pins. */
export type Source = {
  readonly name: string
  /** Folder under go/ with the go.mod that pins it. */
  readonly folder: string
  readonly version: string
  readonly linkerFlags: string
  readonly packages: Readonly<Partial<Record<ProgramName, string>>>
  readonly release: Release
}

/** Where a project publishes its programs. `archive` is set when the program comes in a tar.gz. */
export type Release = {
  readonly environment: string
  readonly base: string
  readonly file: (program: string, platform: Platform) => string
  readonly checksum: (file: string) => string
  readonly isArchive: boolean
}

/** Names as Go writes them. */
export type Platform = { readonly os: string; readonly arch: string }

export const platform: Platform = {
  os: process.platform,
  arch: ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch,
}

const pinned = (folder: string, module: string): string => {
  const file = join(import.meta.dirname, 'go', folder, 'go.mod')
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.includes(`${module} v`))
  const version = line?.trim().split(' ').at(-1)
  if (!version) throw new Error(`${file} does not pin ${module}; add a require line for it.`)
  return version
}

const kubernetes = pinned('kubernetes', 'k8s.io/kubernetes')
const etcd = pinned('etcd', 'go.etcd.io/etcd/server/v3')
const coredns = pinned('coredns', 'github.com/coredns/coredns')
const helm = pinned('helm', 'helm.sh/helm/v3')

const inModule = <Name extends ProgramName>(names: readonly Name[]): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])) as Record<Name, string>

const [major, minor] = kubernetes.slice(1).split('.')
const component = 'k8s.io/component-base/version'

export const sources: readonly Source[] = [
  {
    name: 'kubernetes',
    folder: 'kubernetes',
    version: kubernetes,
    linkerFlags: `-s -w -X ${component}.gitVersion=${kubernetes} -X ${component}.gitMajor=${major} -X ${component}.gitMinor=${minor}`,
    packages: inModule([
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-proxy',
      'kubectl',
      'kubelet',
    ]),
    release: {
      environment: 'KUBEOPENCODE_KUBERNETES_RELEASES',
      base: 'https://dl.k8s.io',
      file: (program, { os, arch }) => `${kubernetes}/bin/${os}/${arch}/${program}`,
      checksum: (file) => `${file}.sha256`,
      isArchive: false,
    },
  },
  {
    name: 'etcd',
    folder: 'etcd',
    version: etcd,
    linkerFlags: '-s -w',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    release: {
      environment: 'KUBEOPENCODE_ETCD_RELEASES',
      base: 'https://github.com/etcd-io/etcd/releases/download',
      file: (_, { os, arch }) => `${etcd}/etcd-${etcd}-${os}-${arch}.tar.gz`,
      checksum: () => `${etcd}/SHA256SUMS`,
      isArchive: true,
    },
  },
  {
    name: 'coredns',
    folder: 'coredns',
    version: coredns,
    linkerFlags: '-s -w',
    // Our main.go: CoreDNS with the plugins that the Corefile names.
    packages: { coredns: 'kubeopencode.io/local/coredns' },
    release: {
      environment: 'KUBEOPENCODE_COREDNS_RELEASES',
      base: 'https://github.com/coredns/coredns/releases/download',
      file: (_, { os, arch }) => `${coredns}/coredns_${coredns.slice(1)}_${os}_${arch}.tgz`,
      checksum: (file) => `${file}.sha256`,
      isArchive: true,
    },
  },
  {
    name: 'helm',
    folder: 'helm',
    version: helm,
    linkerFlags: '-s -w',
    packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
    release: {
      environment: 'KUBEOPENCODE_HELM_RELEASES',
      base: 'https://get.helm.sh',
      file: (_, { os, arch }) => `helm-${helm}-${os}-${arch}.tar.gz`,
      checksum: (file) => `${file}.sha256sum`,
      isArchive: true,
    },
  },
]

/** All that there are. */
export const programNames = sources.flatMap(({ packages }) => Object.keys(packages) as ProgramName[])
