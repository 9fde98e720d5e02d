import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

/** A new key pair for ssh, as text. */
const newKey = async (): Promise<{ readonly secret: string; readonly open: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'key-'))
  const file = join(folder, 'key')
  try {
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file])
    return { secret: await readFile(file, 'utf8'), open: (await readFile(`${file}.pub`, 'utf8')).trim() }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export interface OutsideWorld {
  readonly proxy: string
  /** PEM of the authority that every host's certificate is signed by. */
  readonly authority: string
  readonly login: typeof login
  /** Address of org/private-repo over ssh, and the Secret that opens it. */
  readonly ssh: { readonly repository: string; readonly secret: { readonly [key: string]: string } }
  /** What the proxy was asked for so far. */
  readonly seen: () => Promise<string>
}

/** Puts what the examples need of the world into the cluster: behind a proxy, with a private authority. */
export const bringOutside = async (world: World): Promise<OutsideWorld> => {
  const [host, mine] = await Promise.all([newKey(), newKey()])
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
      kind: 'Secret',
      metadata: { name: 'keys' },
      stringData: { host: host.secret, 'authorized.pub': mine.open },
    },
    ...[
      { name: 'proxy', port: 3128 },
      { name: 'ssh', port: 2222 },
    ].map(({ name, port }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: app, ports: [{ port }] },
    })),
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
              {
                name: 'ssh',
                image: `${imagePrefix}/kubeopencode-demo:${version}`,
                args: ['ssh-server'],
                env: [{ name: 'PORT', value: '2222' }],
                readinessProbe: { tcpSocket: { port: 2222 }, periodSeconds: 1 },
                volumeMounts: [
                  { name: 'world', mountPath: '/world' },
                  { name: 'keys', mountPath: '/keys' },
                ],
              },
            ],
            volumes: [
              { name: 'world', configMap: { name: 'world' } },
              { name: 'tls', secret: { secretName: 'tls' } },
              { name: 'keys', secret: { secretName: 'keys' } },
            ],
          },
        },
      },
    },
  )
  await world.until('Deployment', 'outside', (found) => (found?.status?.readyReplicas ?? 0) > 0)
  const sshHost = `ssh.${world.namespace}.svc.cluster.local`
  return {
    ssh: {
      // Named like the user that the server runs as.
      repository: `ssh://kubeopencode@${sshHost}:2222/tmp/git/org/private-repo.git`,
      secret: { 'ssh-privatekey': mine.secret, known_hosts: `[${sshHost}]:2222 ${host.open}\n` },
    },
    proxy: `http://proxy.${world.namespace}.svc.cluster.local:3128`,
    authority: cert,
    login,
    seen: () => world.kubectl('logs', 'deploy/outside', '-c', 'outside'),
  }
}
