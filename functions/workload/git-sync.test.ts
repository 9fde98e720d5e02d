import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { ContextItem } from '../../crds/context.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { followedContext } from '../../test/builders/git-sync.ts'
import { settings } from '../../test/builders/sight.ts'
import { agentObjects } from '../agent/builders.ts'
import { followedContexts } from './git-sync.ts'

const made = (contexts: ContextItem[], spec: Partial<Agent['spec']> = {}) => {
  const one = agent(withAgentSpec({ contexts, ...spec }))
  const { deployment, service } = agentObjects(one, mergeTemplate(one.spec, undefined), settings, [])
  const pod = deployment.spec!.template.spec!
  const container = (name: string) =>
    [...(pod.initContainers ?? []), ...pod.containers].find((candidate) => candidate.name === name)
  return {
    service,
    names: pod.containers.map(({ name }) => name),
    container,
    env: (name: string) => Object.fromEntries((container(name)?.env ?? []).map((item) => [item.name, item.value])),
    mounts: (name: string) => container(name)?.volumeMounts,
  }
}

describe('the sidecar of HotReload', () => {
  test('goes on with what git-init has begun: the same repository, credentials, trust and proxy', () => {
    const { names, env, container } = made([followedContext('HotReload', { secretRef: { name: 'pat' } })], {
      caBundle: { configMapRef: { name: 'ca' } },
      proxy: { httpsProxy: 'http://proxy.example:3128' },
    })
    expect(names).toEqual(['opencode-server', 'git-sync-0'])
    const { GIT_SYNC_INTERVAL, GIT_SYNC_POLICY, GIT_SYNC_PORT, ...shared } = env('git-sync-0')
    expect(shared).toEqual(env('git-init-0'))
    expect({ GIT_SYNC_INTERVAL, GIT_SYNC_POLICY, GIT_SYNC_PORT }).toEqual({
      GIT_SYNC_INTERVAL: '300',
      GIT_SYNC_POLICY: 'HotReload',
      GIT_SYNC_PORT: '9410',
    })
    expect(shared).toMatchObject({
      GIT_SYNC: 'true',
      GIT_REPO: 'https://git.example/config.git',
      CUSTOM_CA_CERT_PATH: '/etc/ssl/certs/custom-ca/tls.crt',
      HTTPS_PROXY: 'http://proxy.example:3128',
    })
    const sidecar = container('git-sync-0')
    expect(sidecar?.args).toEqual(['git-sync'])
    expect(sidecar?.securityContext).toEqual(container('opencode-server')?.securityContext)
    expect(sidecar?.resources).toEqual({ requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '1Gi' } })
    expect(sidecar?.env).toContainEqual({
      name: 'GIT_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'pat', key: 'password', optional: true } },
    })
  })

  test('keeps the clone from the agent, who sees the files beside it', () => {
    const { mounts, env } = made([followedContext('HotReload')])
    expect(env('git-init-0')['GIT_WORKSPACE_DIR']).toBe('/git/tree')
    expect(mounts('git-sync-0')).toEqual([{ name: 'git-context-0', mountPath: '/git' }])
    expect(mounts('opencode-server')).toContainEqual({
      name: 'git-context-0',
      mountPath: '/workspace/config',
      subPath: 'tree',
    })
  })

  test('works in the workspace where that is its place', () => {
    const { mounts, env } = made([followedContext('HotReload', { mountPath: '.' })])
    expect(env('git-sync-0')['GIT_WORKSPACE_DIR']).toBe('/workspace')
    expect(mounts('git-sync-0')).toEqual([
      { name: 'git-context-0', mountPath: '/git' },
      { name: 'workspace', mountPath: '/workspace' },
    ])
    expect(mounts('opencode-server')?.map(({ name }) => name)).not.toContain('git-context-0')
  })
})

describe('the sidecar of Rollout', () => {
  test('only watches: it can write nothing', () => {
    const { mounts, env } = made([followedContext('Rollout', { mountPath: '.' })])
    expect(env('git-sync-0')).toMatchObject({ GIT_SYNC_POLICY: 'Rollout' })
    expect(env('git-init-0')).toMatchObject({ GIT_SYNC: 'true', GIT_WORKSPACE_DIR: '/workspace' })
    expect(mounts('git-sync-0')).toEqual([{ name: 'git-context-0', mountPath: '/git', readOnly: true }])
  })

  test('leaves the clone where the agent sees it', () => {
    expect(made([followedContext('Rollout')]).mounts('opencode-server')).toContainEqual({
      name: 'git-context-0',
      mountPath: '/workspace/config',
      subPath: 'repo',
    })
  })
})

test('each sidecar has a port of its own, in the Service too, and none that is taken', () => {
  const { service, names } = made(
    [
      { name: 'still', mountPath: 'still/', fileMode: 0o644, git: followedContext('Rollout').git! },
      followedContext('Rollout', { name: 'b', mountPath: 'b/' }),
      followedContext('HotReload', { name: 'c', mountPath: 'c/' }),
    ].map((item, index) =>
      index === 0 ? { ...item, git: { ...item.git!, sync: { ...item.git!.sync!, enabled: false } } } : item,
    ),
    { port: 9410, extraPorts: [{ name: 'web', port: 9412, protocol: 'TCP' }] },
  )
  expect(names).toEqual(['opencode-server', 'git-sync-1', 'git-sync-2'])
  expect(service.spec?.ports?.map(({ name, port }) => `${name} ${port}`)).toEqual([
    'http 9410',
    'web 9412',
    'git-sync-1 9411',
    'git-sync-2 9413',
  ])
})

test('an Agent that follows nothing has neither sidecar nor port', () => {
  const { names, service } = made([])
  expect(names).toEqual(['opencode-server'])
  expect(service.spec?.ports).toHaveLength(1)
})

describe('intervals', () => {
  const cases = [
    { interval: '5m', want: 300 },
    { interval: '1h30m', want: 5400 },
    { interval: '90.5s', want: 91 },
    { interval: '1ns', want: 10 },
  ]
  test.each(cases)('$interval is $want s', ({ interval, want }) => {
    expect(followedContexts([followedContext('Rollout', { interval })], [])[0]?.intervalSeconds).toBe(want)
  })
})
