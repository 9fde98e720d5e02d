import type { Container, PodSpec } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import type { AgentSpec } from '../../crds/agent.ts'
import { podSpec as fullPodSpec } from '../../crds/samples/full-parts.ts'
import { PodSpec as UserPodSpec } from '../../crds/pod-spec.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { settings } from '../../test/builders/sight.ts'
import type { File } from './context-files.ts'
import type { PodPlan } from './pod.ts'
import { filesData, podLabels, podSpec } from './pod.ts'

const files: File[] = [
  { path: '/workspace/task.md', content: 'Fix the bug.', mode: 0o644 },
  { path: '/etc/motd', content: 'hello', mode: 0o600 },
]

const planOf = (spec: Partial<AgentSpec>, more: Partial<PodPlan> = {}): PodPlan => {
  const profile = mergeTemplate(agent(withAgentSpec(spec)).spec, undefined)
  return {
    profile,
    settings,
    files,
    configMapName: 'job-context',
    contexts: profile.contexts ?? [],
    isAgentProcess: true,
    main: { name: 'agent', image: 'example.com/devbox:v1', command: ['true'], env: [{ name: 'OWN', value: '1' }] },
    ...more,
  }
}
const built = (spec: Partial<AgentSpec> = {}, more: Partial<PodPlan> = {}): PodSpec => podSpec(planOf(spec, more))

const everyContainer = ({ containers, initContainers = [] }: PodSpec): Container[] => [...initContainers, ...containers]
const envOf = (container: Container | undefined, name: string) =>
  container?.env?.find((variable) => variable.name === name)?.value
const git = {
  name: 'code',
  fileMode: 0o644,
  mountPath: 'code',
  git: {
    repository: 'https://git.example.com/a.git',
    ref: 'HEAD',
    depth: 1,
    recurseSubmodules: false,
    path: 'docs',
    secretRef: { name: 'git' },
  },
}
const all: Partial<AgentSpec> = {
  contexts: [git],
  credentials: [
    { name: 'a', fileMode: 0o600, secretRef: { name: 'keys' } },
    { name: 'b', fileMode: 0o600, secretRef: { name: 'keys', key: 'k' }, env: 'KEY' },
    { name: 'c', fileMode: 0o600, secretRef: { name: 'keys' }, mountPath: '/keys' },
  ],
  caBundle: { configMapRef: { name: 'ca', key: 'ca-bundle.crt' } },
  proxy: { httpsProxy: 'http://proxy:8080', noProxy: 'localhost' },
  imagePullSecrets: [{ name: 'registry' }],
}

test('the order of a Pod: tools, files, repositories, then the work', () => {
  const { initContainers = [], containers } = built(all)
  expect(initContainers.map(({ name }) => name)).toEqual(['opencode-init', 'ca-init', 'context-init', 'git-init-0'])
  // In the agent's own image: it knows which authorities are public.
  expect(initContainers[1]?.image).toBe(containers[0]?.image)
  expect(containers.map(({ name }) => name)).toEqual(['agent'])
  expect(containers[0]).toMatchObject({ workingDir: '/workspace', command: ['true'] })
})

test('without files there is no context-init', () =>
  expect(built({}, { files: [] }).initContainers?.map(({ name }) => name)).toEqual(['opencode-init']))

test('volumes, mounts and variables stand in one order, however often they are built', () => {
  const one = built(all)
  expect(JSON.stringify(built(all))).toBe(JSON.stringify(one))
  expect(one.volumes?.map(({ name }) => name)).toEqual([
    'tools',
    'workspace',
    'context-files',
    'git-context-0',
    'credential-2',
    'ca-bundle',
  ])
  expect(one.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
    '/tools',
    '/workspace',
    '/etc/motd',
    '/workspace/code',
    '/keys',
    '/etc/ssl/certs/custom-ca',
  ])
  expect(one.containers[0]?.env?.map(({ name }) => name)).toEqual([
    'HOME',
    'SHELL',
    'WORKSPACE_DIR',
    'OWN',
    'KEY',
    'CUSTOM_CA_CERT_PATH',
    'HTTPS_PROXY',
    'https_proxy',
    'NO_PROXY',
    'no_proxy',
  ])
})

test('every volume that is mounted is there, and once', () => {
  const pod = built(all)
  const names = pod.volumes?.map(({ name }) => name) ?? []
  expect(new Set(names).size).toBe(names.length)
  for (const { volumeMounts = [] } of everyContainer(pod)) {
    for (const { name } of volumeMounts) expect(names).toContain(name)
    const paths = volumeMounts.map(({ mountPath }) => mountPath)
    expect(new Set(paths).size).toBe(paths.length)
  }
})

describe('security', () => {
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }

  test('every container is restricted', () => {
    for (const { securityContext } of everyContainer(built(all))) expect(securityContext).toEqual(restricted)
  })

  test('a securityContext of the user takes its place in every container', () => {
    const securityContext = { allowPrivilegeEscalation: true, privileged: false }
    for (const container of everyContainer(built({ ...all, podSpec: { securityContext } })))
      expect(container.securityContext).toEqual(securityContext)
  })

  test('with the project’s own images the Pod says that it does not run as root', () =>
    expect(built().securityContext).toMatchObject({ runAsNonRoot: true, fsGroup: 1000 }))

  test('of a user’s image nothing is claimed', () =>
    expect(built({ executorImage: 'example.com/root:v1' }).securityContext).toBeUndefined())

  test('a podSecurityContext of the user stands', () =>
    expect(built({ podSpec: { podSecurityContext: { fsGroup: 5 } } }).securityContext).toEqual({ fsGroup: 5 }))
})

describe('an attach Pod gets only what attaching needs', () => {
  const attach = built(all, { isAgentProcess: false })
  test('no ServiceAccount and no token', () => {
    expect(attach).not.toHaveProperty('serviceAccountName')
    expect(attach.automountServiceAccountToken).toBe(false)
  })
  test('no credentials, as variables or as files', () => {
    const text = JSON.stringify(attach)
    expect(text).not.toContain('"keys"')
    expect(attach.containers[0]).not.toHaveProperty('envFrom')
  })
  test('trust, proxy and pull secrets all the same', () => {
    expect(attach.imagePullSecrets).toEqual([{ name: 'registry' }])
    expect(envOf(attach.containers[0], 'HTTPS_PROXY')).toBe('http://proxy:8080')
  })
})

test('the agent’s own Pod has the ServiceAccount as it is: whether a token is mounted is the account’s to say', () => {
  const own = built(all)
  expect(own.serviceAccountName).toBe('bot')
  expect(own).not.toHaveProperty('automountServiceAccountToken')
})

describe('CA and proxy are in every container', () => {
  const containers = everyContainer(built(all))
  test.each(containers.map((container) => [container.name, container] as const))('%s', (_name, container) => {
    expect(envOf(container, 'CUSTOM_CA_CERT_PATH')).toBe('/etc/ssl/certs/custom-ca/tls.crt')
    expect(container.volumeMounts).toContainEqual({
      name: 'ca-bundle',
      mountPath: '/etc/ssl/certs/custom-ca',
      readOnly: true,
    })
    for (const name of ['HTTPS_PROXY', 'https_proxy']) expect(envOf(container, name)).toBe('http://proxy:8080')
    for (const name of ['NO_PROXY', 'no_proxy'])
      expect(envOf(container, name)).toBe('localhost,.svc,.cluster.local,127.0.0.1')
    expect(envOf(container, 'HTTP_PROXY')).toBeUndefined()
  })

  const sources = [
    {
      name: 'a ConfigMap',
      caBundle: { configMapRef: { name: 'ca' } },
      want: { configMap: { name: 'ca', items: [{ key: 'ca-bundle.crt', path: 'tls.crt' }] } },
    },
    {
      name: 'a Secret with a key of its own',
      caBundle: { secretRef: { name: 'ca', key: 'root.pem' } },
      want: { secret: { secretName: 'ca', items: [{ key: 'root.pem', path: 'tls.crt' }] } },
    },
    {
      name: 'a Secret',
      caBundle: { secretRef: { name: 'ca' } },
      want: { secret: { secretName: 'ca', items: [{ key: 'ca.crt', path: 'tls.crt' }] } },
    },
  ]
  test.each(sources)('the bundle may be $name', ({ caBundle, want }) =>
    expect(built({ caBundle }).volumes).toContainEqual({ name: 'ca-bundle', ...want }),
  )

  test('the cluster’s proxy is used where the Agent has none', () => {
    const withProxy = { ...settings, proxy: { httpProxy: 'http://all:3128' } }
    expect(envOf(built({}, { settings: withProxy }).containers[0], 'HTTP_PROXY')).toBe('http://all:3128')
    expect(envOf(built(all, { settings: withProxy }).containers[0], 'HTTP_PROXY')).toBeUndefined()
  })
})

describe('files', () => {
  test('below the workspace they are copied, elsewhere they are mounted', () => {
    const { initContainers = [], containers } = built()
    const mappings: unknown = JSON.parse(envOf(initContainers[1], 'FILE_MAPPINGS') ?? '')
    expect(mappings).toEqual([{ key: 'file-0', path: '/workspace/task.md', mode: 0o644 }])
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: 'context-files',
      mountPath: '/etc/motd',
      subPath: 'file-1',
      readOnly: true,
    })
  })

  test('without one to copy there is nobody who copies', () => {
    const { initContainers = [], volumes } = built({}, { files: files.slice(1) })
    expect(initContainers.map(({ name }) => name)).toEqual(['opencode-init'])
    expect(volumes).toContainEqual({
      name: 'context-files',
      configMap: { name: 'job-context', items: [{ key: 'file-0', path: 'file-0', mode: 0o600 }] },
    })
  })

  test('bytes go where bytes belong', () =>
    expect(filesData([files[0]!, { path: '/a', content: 'AAEC', isBinary: true, mode: 0o644 }])).toEqual({
      data: { 'file-0': 'Fix the bug.' },
      binaryData: { 'file-1': 'AAEC' },
    }))
})

describe('repositories', () => {
  test('are cloned by an init container and mounted at their place', () => {
    const { initContainers = [], containers } = built({ contexts: [git] })
    const env = Object.fromEntries((initContainers[2]?.env ?? []).map(({ name, value }) => [name, value]))
    expect(env).toMatchObject({
      GIT_REPO: 'https://git.example.com/a.git',
      GIT_REF: 'HEAD',
      GIT_DEPTH: '1',
      GIT_ROOT: '/git',
      GIT_LINK: 'repo',
      GIT_REPO_SUBPATH: 'docs',
    })
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: 'git-context-0',
      mountPath: '/workspace/code',
      subPath: 'repo/docs',
    })
  })

  test('one at the workspace itself is copied into it', () => {
    const { initContainers = [], containers } = built({ contexts: [{ ...git, mountPath: '.' }] })
    expect(envOf(initContainers[2], 'GIT_WORKSPACE_DIR')).toBe('/workspace')
    expect(containers[0]?.volumeMounts?.map(({ name }) => name)).not.toContain('git-context-0')
  })
})

describe('what the user adds', () => {
  const own = { 'kubeopencode.io/task': 'job', app: 'kubeopencode' }
  test('no label replaces one of ours, nor invents one', () =>
    expect(
      podLabels(
        { podSpec: { labels: { app: 'mine', 'kubeopencode.io/task': 'x', 'kubeopencode.io/agent': 'x', team: 'a' } } },
        own,
      ),
    ).toEqual({ ...own, team: 'a' }))

  test('everything a podSpec can say ends in the Pod', () => {
    const given = UserPodSpec.parse(fullPodSpec)
    const pod = built({ podSpec: given })
    expect(pod).toMatchObject({
      nodeSelector: given.scheduling?.nodeSelector,
      tolerations: given.scheduling?.tolerations,
      affinity: given.scheduling?.affinity,
      priorityClassName: 'high',
      topologySpreadConstraints: given.scheduling?.topologySpreadConstraints,
      runtimeClassName: 'gvisor',
      securityContext: given.podSecurityContext,
    })
    const [main] = pod.containers
    expect(main).toMatchObject({ resources: given.resources, lifecycle: given.lifecycle })
    for (const init of pod.initContainers ?? []) expect(init.resources).toEqual(given.resources)
    for (const volume of given.extraVolumes ?? []) expect(pod.volumes).toContainEqual(volume)
    for (const mount of given.extraVolumeMounts ?? []) expect(main?.volumeMounts).toContainEqual(mount)
    for (const { env } of everyContainer(pod)) expect(env).toEqual(expect.arrayContaining(given.extraEnv ?? []))
  })

  test('default resources where none are said, for what runs before the main container too', () => {
    const { containers, initContainers = [] } = built()
    expect(initContainers.length).toBeGreaterThan(0)
    for (const { resources } of [...containers, ...initContainers])
      expect(resources).toEqual({ requests: { memory: '512Mi' }, limits: { memory: '4Gi' } })
  })
})
