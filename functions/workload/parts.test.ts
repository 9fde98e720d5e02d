import * as fc from 'fast-check'
import type { Container, EnvVar, PodSpec } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import type { AgentSpec } from '../../crds/agent.ts'
import type { ContextItem } from '../../crds/context.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import { placeFaults } from '../../shared/places.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { settings } from '../../test/builders/sight.ts'
import { contextFiles } from './context-files.ts'
import { toolFiles } from './environment.ts'
import type { PodPlan } from './pod.ts'
import { podSpec } from './pod.ts'

const built = (spec: Partial<AgentSpec>, more: Partial<PodPlan> = {}): PodSpec => {
  const profile = mergeTemplate(agent(withAgentSpec(spec)).spec, undefined)
  const contexts = profile.contexts ?? []
  const layout = { namespace: 'default', workspaceDir: '/workspace', configMaps: new Map(), runtimeText: 'x' }
  return podSpec({
    profile,
    settings,
    files: [...toolFiles(profile, contexts), ...contextFiles(contexts, layout).files],
    configMapName: 'c',
    contexts,
    isAgentProcess: true,
    main: { name: 'agent', image: 'example.com/devbox:v1', command: ['true'] },
    ...more,
  })
}
const everyContainer = ({ containers, initContainers = [] }: PodSpec): Container[] => [...initContainers, ...containers]
const namesOf = ({ initContainers = [] }: PodSpec): string[] => initContainers.map(({ name }) => name)
const find = (pod: PodSpec, name: string): Container => everyContainer(pod).find((one) => one.name === name)!
const envOf = (container: Container): Record<string, EnvVar> =>
  Object.fromEntries((container.env ?? []).map((variable) => [variable.name, variable]))
const valuesOf = (container: Container): Record<string, string | undefined> =>
  Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]))
const secretKey = (name: string, key: string) => ({ secretKeyRef: { name, key, optional: true } })

const url = (source: string, more: Partial<ContextItem> = {}, request: object = {}): ContextItem => ({
  fileMode: 0o644,
  url: { source, insecureSkipTLSVerify: false, timeout: 30, ...request },
  ...more,
})
const gitSource = { repository: 'https://git.example.com/a.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }
const git = (mountPath: string, more: object = {}): ContextItem => ({
  fileMode: 0o644,
  mountPath,
  git: { ...gitSource, ...more },
})
const text = (content: string, mountPath?: string): ContextItem => ({
  fileMode: 0o644,
  text: content,
  ...(mountPath !== undefined && { mountPath }),
})

test('init containers stand in the order of the contract', () =>
  expect(
    namesOf(
      built({
        contexts: [url('https://a.example'), git('code'), text('x'), git('more'), url('https://b.example')],
        skills: [{ name: 'team', git: gitSource }],
        plugins: [{ name: 'audit', target: 'server' }],
      }),
    ),
  ).toEqual([
    'opencode-init',
    'context-init',
    'git-init-0',
    'git-init-1',
    'git-init-2',
    'url-fetch-0',
    'url-fetch-1',
    'plugin-init',
  ]))

describe('URL contexts', () => {
  test('one with a place below the workspace is written there', () => {
    const fetch = find(built({ contexts: [url('https://a.example/x', { mountPath: 'specs/x.yaml' })] }), 'url-fetch-0')
    expect(valuesOf(fetch)).toEqual({
      URL_TARGET: '/workspace/specs/x.yaml',
      URL_FILE_MODE: '420',
      URL_SOURCE: 'https://a.example/x',
      URL_TIMEOUT: '30',
    })
    expect(fetch).toMatchObject({ args: ['url-fetch'], volumeMounts: [{ name: 'workspace', mountPath: '/workspace' }] })
  })

  test('one without a place fills its slot in the joined contexts, where it stands among them', () => {
    const items = [text('before'), url('https://a.example', { name: 'api' }), text('after'), url('https://b.example')]
    const { files } = contextFiles(items, {
      namespace: 'default',
      workspaceDir: '/workspace',
      configMaps: new Map(),
      runtimeText: '',
    })
    expect(files[0]?.content).toMatch(
      /before\n<\/context>\n\n<context name="api" namespace="default" type="URL">\n<context slot="0"\/>\n<\/context>\n\n[^]*after[^]*<context slot="1"\/>/,
    )
    expect(valuesOf(find(built({ contexts: items }), 'url-fetch-1'))).toMatchObject({
      URL_TARGET: '/workspace/.kubeopencode/context.md',
      URL_SLOT: '1',
    })
  })

  test('one with a place elsewhere has a volume of its own', () => {
    const pod = built({ contexts: [url('https://a.example', { mountPath: '/etc/specs.yaml' })] })
    expect(valuesOf(find(pod, 'url-fetch-0'))['URL_TARGET']).toBe('/fetched/content')
    expect(pod.volumes).toContainEqual({ name: 'url-context-0', emptyDir: {} })
    expect(pod.containers[0]?.volumeMounts).toContainEqual({
      name: 'url-context-0',
      mountPath: '/etc/specs.yaml',
      subPath: 'content',
      readOnly: true,
    })
  })

  test('headers, timeout, mode and TLS go with it', () =>
    expect(
      valuesOf(
        find(
          built({
            contexts: [
              url(
                'https://a.example',
                { fileMode: 0o600, mountPath: 'x' },
                { headers: { 'X-B': '2', Accept: 'text/plain' }, timeout: 5, insecureSkipTLSVerify: true },
              ),
            ],
          }),
          'url-fetch-0',
        ),
      ),
    ).toMatchObject({
      URL_HEADERS: '{"Accept":"text/plain","X-B":"2"}',
      URL_TIMEOUT: '5',
      URL_INSECURE: 'true',
      URL_FILE_MODE: '384',
    }))

  test('a Secret comes as variables, never as an argument', () => {
    const pod = built({ contexts: [url('https://a.example', {}, { secretRef: { name: 'docs' } })] })
    const fetch = find(pod, 'url-fetch-0')
    expect(envOf(fetch)).toMatchObject({
      URL_SECRET: { value: 'docs' },
      URL_AUTH_TOKEN: { valueFrom: secretKey('docs', 'token') },
      URL_AUTH_USERNAME: { valueFrom: secretKey('docs', 'username') },
      URL_AUTH_PASSWORD: { valueFrom: secretKey('docs', 'password') },
      URL_AUTH_HEADER: { valueFrom: secretKey('docs', 'header') },
      URL_AUTH_HOSTS: { valueFrom: secretKey('docs', 'allowed-hosts') },
    })
    expect(fetch.args).toEqual(['url-fetch'])
    expect(JSON.stringify(pod.containers)).not.toContain('docs')
  })

  test('the cluster’s rules go with it', () => {
    const strict = {
      ...settings,
      security: { ...settings.security, allowPrivateAddresses: false, allowedURLHosts: ['a.example', '*.b.example'] },
    }
    expect(
      valuesOf(find(built({ contexts: [url('https://a.example')] }, { settings: strict }), 'url-fetch-0')),
    ).toMatchObject({ URL_ALLOW_PRIVATE: 'false', URL_ALLOWED_HOSTS: 'a.example,*.b.example' })
  })
})

describe('skills', () => {
  const skills: AgentSpec['skills'] = [
    { name: 'all', git: { ...gitSource, path: 'skills/', secretRef: { name: 'pat' }, ref: 'v2.0.0', depth: 0 } },
    { name: 'some', git: { ...gitSource, path: 'engineering', names: ['review', 'testing'], recurseSubmodules: true } },
  ]
  const pod = built({ contexts: [git('code')], skills })

  test('are cloned after the contexts', () => {
    expect(namesOf(pod)).toEqual(['opencode-init', 'context-init', 'git-init-0', 'git-init-1', 'git-init-2'])
    expect(envOf(find(pod, 'git-init-1'))).toMatchObject({
      GIT_REF: { value: 'v2.0.0' },
      GIT_DEPTH: { value: '0' },
      GIT_REPO_SUBPATH: { value: 'skills/' },
      GIT_SECRET: { value: 'pat' },
      GIT_PASSWORD: { valueFrom: secretKey('pat', 'password') },
      GIT_SSH_KEY: { valueFrom: secretKey('pat', 'ssh-privatekey') },
    })
    expect(valuesOf(find(pod, 'git-init-2'))).toMatchObject({
      GIT_REQUIRED_PATHS: '["review","testing"]',
      GIT_RECURSE_SUBMODULES: 'true',
    })
  })

  test('stand at their places, and cannot be changed', () =>
    expect(pod.containers[0]?.volumeMounts?.filter(({ mountPath }) => mountPath.startsWith('/skills'))).toEqual([
      { name: 'git-skill-0', mountPath: '/skills/all', subPath: 'repo/skills', readOnly: true },
      { name: 'git-skill-1', mountPath: '/skills/some/review', subPath: 'repo/engineering/review', readOnly: true },
      { name: 'git-skill-1', mountPath: '/skills/some/testing', subPath: 'repo/engineering/testing', readOnly: true },
    ]))

  test('a template’s are inherited, an Agent’s replace them, an empty list counts', () => {
    const template = { workspaceDir: '/workspace', serviceAccountName: 'bot', skills: skills.slice(0, 1) }
    const named = (own: Partial<AgentSpec>) =>
      mergeTemplate(agent(withAgentSpec(own)).spec, template).skills?.map(({ name }) => name)
    expect(named({})).toEqual(['all'])
    expect(named({ skills: skills.slice(1) })).toEqual(['some'])
    expect(named({ skills: [] })).toEqual([])
  })

  test('an attach Pod has none of them, and no plugins', () => {
    const attach = built(
      { skills, plugins: [{ name: 'audit', target: 'server' }] },
      { isAgentProcess: false, files: [], contexts: [] },
    )
    expect(namesOf(attach)).toEqual(['opencode-init'])
  })
})

test('plugins are installed into a volume that the agent only reads', () => {
  const pod = built({
    plugins: [
      { name: '@team/audit@1.2.3', target: 'server' },
      { name: 'theme', target: 'tui' },
    ],
  })
  const init = find(pod, 'plugin-init')
  expect(valuesOf(init)).toEqual({ PLUGIN_PACKAGES: '["@team/audit@1.2.3","theme"]', PLUGIN_DIR: '/plugins' })
  expect(init.volumeMounts).toEqual([
    { name: 'plugins-volume', mountPath: '/plugins' },
    { name: 'tools', mountPath: '/tools', readOnly: true },
  ])
  expect(pod.containers[0]?.volumeMounts).toContainEqual({
    name: 'plugins-volume',
    mountPath: '/plugins',
    readOnly: true,
  })
})

describe('a workspace that outlives its Pod', () => {
  const workspaceVolume = { name: 'workspace', persistentVolumeClaim: { claimName: 'w' } }
  const sync = { sync: { enabled: true, interval: '5m', policy: 'HotReload' } }
  const pod = built({ contexts: [git('code'), git('/opt/lib'), git('docs', sync)] }, { workspaceVolume })

  test('keeps the clones in it, with the agent’s edits', () => {
    expect(valuesOf(find(pod, 'git-init-0'))['GIT_WORKSPACE_DIR']).toBe('/workspace/code')
    expect(find(pod, 'git-init-0').volumeMounts).toContainEqual({ name: 'workspace', mountPath: '/workspace' })
  })

  test('clones anew what is elsewhere, and what follows its remote', () => {
    const places = pod.containers[0]?.volumeMounts?.flatMap(({ name, mountPath }) =>
      name.startsWith('git-context') ? [mountPath] : [],
    )
    expect(places).toEqual(['/opt/lib', '/workspace/docs'])
  })
})

describe('variables', () => {
  test('a value that looks like a reference to another stays as it is', () => {
    const pod = built({ contexts: [git('code', { ref: '$(GIT_PASSWORD)', secretRef: { name: 's' } })] })
    expect(valuesOf(find(pod, 'git-init-0'))['GIT_REF']).toBe('$$(GIT_PASSWORD)')
  })

  test('each stands once: the user’s over ours, the one for a container over the one for all', () => {
    const extraEnv = (value: string) => [{ name: 'HOME', value }]
    const pod = built({
      contexts: [git('code')],
      podSpec: { extraEnv: extraEnv('/all'), systemContainers: { gitInit: { extraEnv: extraEnv('/git') } } },
    })
    expect(valuesOf(find(pod, 'agent'))['HOME']).toBe('/all')
    expect(valuesOf(find(pod, 'git-init-0'))['HOME']).toBe('/git')
    for (const { env = [] } of everyContainer(pod)) expect(new Set(env.map(({ name }) => name)).size).toBe(env.length)
  })
})

test('an object of the apiserver’s is built the same whatever order a user wrote its headers in', () => {
  const pod = (headers: object) => JSON.stringify(built({ contexts: [url('https://a.example', {}, { headers })] }))
  expect(pod({ a: '1', b: '2' })).toBe(pod({ b: '2', a: '1' }))
})

const place = fc.constantFrom('.', 'a', 'a/b', './a', 'c', '/opt/x', '/opt/x/y', 'task.md', '.kubeopencode/context.md')
const anyItem: fc.Arbitrary<ContextItem> = fc.oneof(
  place.map((at) => git(at)),
  fc.option(place, { nil: undefined }).map((at) => text('t', at)),
  fc.option(place, { nil: undefined }).map((at) => url('https://a.example', at === undefined ? {} : { mountPath: at })),
)
const anySpec = fc.record({
  contexts: fc.array(anyItem, { maxLength: 6 }),
  skills: fc
    .uniqueArray(fc.constantFrom('s', 't'), { maxLength: 2 })
    .map((names) => names.map((name) => ({ name, git: gitSource }))),
  credentials: fc
    .uniqueArray(fc.constantFrom('/opt/x', '/keys', '/workspace/c'), { maxLength: 2 })
    .map((paths) =>
      paths.map((mountPath) => ({ name: mountPath, fileMode: 0o600, secretRef: { name: 'k', key: 'v' }, mountPath })),
    ),
})

test('whatever is asked for is either told as a fault or built without two mounts at one path, and always the same', () => {
  fc.assert(
    fc.property(anySpec, fc.boolean(), (spec, isPersistent) => {
      const profile = mergeTemplate(agent(withAgentSpec(spec)).spec, undefined)
      const { faults } = contextFiles(spec.contexts, {
        namespace: 'default',
        workspaceDir: '/workspace',
        configMaps: new Map(),
        runtimeText: '',
        taken: spec.credentials.map(({ mountPath }) => ({ path: mountPath, owner: 'a credential', isClosed: true })),
      })
      if (faults.length > 0 || placeFaults(profile).length > 0) return
      const more = isPersistent
        ? { workspaceVolume: { name: 'workspace', persistentVolumeClaim: { claimName: 'w' } } }
        : {}
      const pod = built(spec, more)
      expect(JSON.stringify(built(structuredClone(spec), more))).toBe(JSON.stringify(pod))
      const volumes = (pod.volumes ?? []).map(({ name }) => name)
      expect(new Set(volumes).size).toBe(volumes.length)
      for (const { volumeMounts = [], env = [] } of everyContainer(pod)) {
        const paths = volumeMounts.map(({ mountPath }) => mountPath)
        expect(new Set(paths).size).toBe(paths.length)
        for (const { name } of volumeMounts) expect(volumes).toContain(name)
        expect(new Set(env.map(({ name }) => name)).size).toBe(env.length)
      }
    }),
    { numRuns: 500 },
  )
})
