/** The project's own images, built by infra/images. A release changes `version` and nothing else. */
export const imagePrefix = 'quay.io/kubeopencode'
export const version = 'v0.1.0'

const image = (name: string): string => `${imagePrefix}/${name}:${version}`

export const images = {
  /** All functions and the helpers that run inside Pods. */
  system: image('kubeopencode'),
  /** Init image: copies OpenCode and the runner to $TOOLS_DIR. */
  agent: image('kubeopencode-agent-opencode'),
  /** Where an agent works: a shell, Git and the usual tools. */
  executor: image('kubeopencode-agent-devbox'),
  /** Where a Task waits for an Agent's server: small. */
  attach: image('kubeopencode-agent-attach'),
} as const

/**
 * The pull policy Kubernetes itself would choose: a tag that may move is asked for each time.
 * https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting
 */
export const imagePullPolicy = (reference: string): 'Always' | 'IfNotPresent' => {
  if (reference.includes('@')) return 'IfNotPresent'
  // A colon before the last slash belongs to the registry's port.
  const tag = reference.slice(reference.lastIndexOf('/') + 1).split(':')[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

/** Whether a reference names content that cannot change. */
export const hasDigest = (reference: string): boolean => /@sha256:[0-9a-f]{64}$/.test(reference)

/**
 * Registry and path of a reference, without tag and digest: `debian:12` is `docker.io/library/debian`.
 * https://kubernetes.io/docs/concepts/containers/images/#image-names
 */
const repositoryOf = (reference: string): string => {
  const named = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  const [first = '', ...rest] = named.split('/')
  if (rest.length === 0) return `docker.io/library/${first}`
  return /[.:]/.test(first) || first === 'localhost' ? named : `docker.io/${named}`
}

/** Whether an image lies in one of `repositories`, each a registry with or without a path. */
export const isImageAllowed = (repositories: readonly string[], reference: string): boolean => {
  const repository = `${repositoryOf(reference)}/`
  return repositories.some((allowed) => repository.startsWith(`${allowed}/`))
}
