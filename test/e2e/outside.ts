import type { World as Outside } from '../../infra/local/outside-world.ts'
import { imagePrefix, version } from '../../shared/images.ts'
import { selfSigned } from '../pod/self-signed.ts'
import type { World } from './world.ts'

/** Hosts that the examples of the docs name. */
const hosts = ['github.com', 'api.example.com', 'docs.example.com', 'git.corp.example.com']

const skill = (name: string): string => `---\nname: ${name}\ndescription: ${name}\n---\nDo it well.\n`
const skills = (folder: string, ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`${folder}${name}/SKILL.md`, skill(name)]))

const login = { username: 'bot', password: 'pat-7f3a' }

const outside: Outside = {
  seeds: [
    { name: 'org/repo', files: { 'main.go': 'package main\n' }, tag: 'v1.4.0' },
    { name: 'org/private-repo', files: { 'secret-sauce.go': 'package sauce\n' } },
    { name: 'org/prompts', files: { 'review.md': 'Be brief.\n' } },
    { name: 'org/agent-config', files: { 'AGENTS.md': 'Be kind.\n' } },
    {
      name: 'platform/standards',
      files: { 'agents/standards.md': 'Sign it.\n', 'other.md': 'no\n' },
      branch: 'stable',
    },
    { name: 'anthropics/skills', files: skills('skills/', 'frontend-design', 'webapp-testing', 'unwanted') },
    { name: 'my-org/ai-skills', files: skills('engineering/', 'code-review', 'testing-strategy', 'unwanted') },
    { name: 'my-org/private-skills', files: skills('', 'deploy'), tag: 'v2.0.0' },
    { name: 'my-org/standards-skills', files: skills('', 'commit-style') },
  ],
  files: { '/openapi.yaml': 'openapi: 3.1.0\n', '/releases/latest.md': 'Release 7: faster.\n' },
  private: { below: ['/org/private-repo.git', '/my-org/private-skills.git', '/platform/'], ...login },
}

export interface OutsideWorld {
  readonly proxy: string
  /** PEM of the authority that every host's certificate is signed by. */
  readonly authority: string
  readonly login: typeof login
  /** What the proxy was asked for so far. */
  readonly seen: () => Promise<string>
}

/** Puts what the examples need of the world into the cluster: behind a proxy, with a private authority. */
export const bringOutside = async (world: World): Promise<OutsideWorld> => {
  const { key, cert } = await selfSigned('127.0.0.1', ...hosts)
  const app = { app: 'outside' }
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'world' },
      data: { 'world.json': JSON.stringify(outside) },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls' }, stringData: { 'tls.key': key, 'tls.crt': cert } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'proxy' },
      spec: { selector: app, ports: [{ port: 3128 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'outside' },
      spec: {
        selector: { matchLabels: app },
        template: {
          metadata: { labels: app },
          spec: {
            containers: [
              {
                name: 'outside',
                image: `${imagePrefix}/kubeopencode-demo:${version}`,
                args: ['outside-world'],
                env: [{ name: 'PORT', value: '3128' }],
                readinessProbe: { tcpSocket: { port: 3128 }, periodSeconds: 1 },
                volumeMounts: [
                  { name: 'world', mountPath: '/world' },
                  { name: 'tls', mountPath: '/tls' },
                ],
              },
            ],
            volumes: [
              { name: 'world', configMap: { name: 'world' } },
              { name: 'tls', secret: { secretName: 'tls' } },
            ],
          },
        },
      },
    },
  )
  await world.until('Deployment', 'outside', (found) => (found?.status?.readyReplicas ?? 0) > 0, 90)
  return {
    proxy: `http://proxy.${world.namespace}.svc.cluster.local:3128`,
    authority: cert,
    login,
    seen: () => world.kubectl('logs', 'deploy/outside'),
  }
}
