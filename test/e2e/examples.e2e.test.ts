import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import { bringOutside, type OutsideWorld } from './outside.ts'
import { manifestsOf as manifestsFrom } from './manifests.ts'
import { hasEnded, openWorld } from './world.ts'

const world = await openWorld('e2e-examples')
let outside: OutsideWorld

/** As it stands in the docs, but for what only the outside world of this test has. */
const manifestsOf = (file: string) =>
  manifestsFrom(file, {
    spec: { caBundle: { configMapRef: { name: 'custom-ca-bundle' } } },
    hosts: {
      'http://proxy.corp.example.com:8080': outside.proxy,
      'git@github.com:org/private-repo.git': outside.ssh.repository,
    },
  })

const secret = (name: string, stringData: object, type = 'Opaque') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  type,
  stringData,
})
const registry = { '.dockerconfigjson': JSON.stringify({ auths: {} }) }

beforeAll(async () => {
  outside = await bringOutside(await openWorld('e2e-outside'))
  const { authority, login, proxy } = outside
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } },
    {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'KubeOpenCodeConfig',
      metadata: { name: 'cluster' },
      spec: { proxy: { httpProxy: proxy, httpsProxy: proxy } },
    },
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runc' },
  )
  await world.kubectl('label', 'node', '--all', 'node-type=ai-workload', '--overwrite')
  await world.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kubeopencode-agent' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'custom-ca-bundle' },
      data: { 'ca-bundle.crt': authority },
    },
    secret('custom-ca-secret', { 'ca.crt': authority }),
    secret('github-git-credentials', login),
    secret('github-pat', login),
    secret('git-credentials', login),
    secret('git-deploy-key', outside.ssh.secret),
    secret('ai-credentials', { 'api-key': 'oc-key' }),
    secret('github-creds', { token: 'gh-token' }),
    secret('ssh-keys', { id_rsa: 'a key' }),
    secret('model-keys', { ANTHROPIC_API_KEY: 'a-key', OPENAI_API_KEY: 'o-key' }),
    secret('client-certificates', { 'client.crt': 'crt', 'client.key': 'key' }),
    secret('api-docs', { token: 'docs-token' }),
    secret('harbor-registry-secret', registry, 'kubernetes.io/dockerconfigjson'),
    secret('gcr-secret', registry, 'kubernetes.io/dockerconfigjson'),
  )
})

afterAll(() => world.kubectl('delete', 'kubeopencodeconfig', 'cluster', '--ignore-not-found'))

/** What a shell in the container of an Agent's server prints. */
const inside = (agent: string, script: string, container = 'opencode-server'): Promise<string> =>
  world.kubectl('exec', `deploy/${agent}-server`, '-c', container, '--', 'sh', '-c', script)

interface Look {
  readonly agent: string
  readonly finds: string
  readonly script: string
  readonly shows: string | RegExp
}

/** Applies the files, waits for their Agents, looks into their containers, and takes them away again. */
const examples = (files: readonly string[], looks: readonly Look[], more?: () => void) =>
  describe(`the examples ${files.join(', ')}`, () => {
    beforeAll(async () => {
      const manifests = files
        .flatMap(manifestsOf)
        .filter(({ kind }) => kind !== 'KubeOpenCodeConfig' && kind !== 'Secret')
      await world.apply(...manifests)
      await Promise.all(
        manifests
          .filter(({ kind }) => kind === 'Agent')
          .map(({ metadata }) => world.until('Agent', metadata.name, (found) => found?.status?.ready === true)),
      )
    })
    afterAll(async () => {
      await world.kubectl('delete', 'agents,tasks,agenttemplates', '--all', '--cascade=foreground')
    })
    test.each(looks)('$agent: $finds', async ({ agent, script, shows }) =>
      expect(await inside(agent, script)).toMatch(shows),
    )
    more?.()
  })

const hasTrust = (agent: string): readonly Look[] => [
  {
    agent,
    finds: 'its authority where every container has it',
    script: 'printenv CUSTOM_CA_CERT_PATH; head -1 "$CUSTOM_CA_CERT_PATH"',
    shows: '/etc/ssl/certs/custom-ca/tls.crt\n-----BEGIN CERTIFICATE-----',
  },
  {
    agent,
    finds: 'a server of that authority by its own git, through the proxy',
    script: 'git ls-remote --tags https://github.com/org/repo.git',
    shows: 'refs/tags/v1.4.0',
  },
  {
    agent,
    finds: 'the same by curl',
    script: 'curl -sS https://api.example.com/openapi.yaml',
    shows: 'openapi: 3.1.0',
  },
  {
    agent,
    finds: 'the public authorities still trusted',
    script:
      'test "$(grep -c BEGIN "$SSL_CERT_FILE")" -gt "$(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt)" && echo all',
    shows: 'all',
  },
]

examples(
  ['live-agent', 'contexts', 'credentials', 'configuration'],
  [
    {
      agent: 'team-agent',
      finds: 'its repository, its key, and where conversations are kept',
      script: 'cat code/main.go; printenv OPENCODE_API_KEY OPENCODE_DB',
      shows: /package main[^]*oc-key\n\/data\/sessions\/opencode\.db/,
    },
    {
      agent: 'informed-agent',
      finds: 'its joined contexts',
      script: 'cat .kubeopencode/context.md; printenv OPENCODE_CONFIG_CONTENT',
      shows: /Always use signed commits\.\.\.[^]*type="Runtime"[^]*Release 7: faster\.[^]*\.kubeopencode\/context\.md/,
    },
    {
      agent: 'informed-agent',
      finds: 'a ConfigMap with its mode',
      script: 'stat -c %a .scripts/build.sh; .scripts/build.sh -n 2>&1 | head -1; cat .scripts/build.sh',
      shows: /^755\n[^]*make all/,
    },
    { agent: 'informed-agent', finds: 'a repository', script: 'cat source-code/main.go', shows: 'package main' },
    {
      agent: 'informed-agent',
      finds: 'a private one, without what opened it',
      script: 'cat private-source/secret-sauce.go; git -C private-source config --list; env',
      shows: /^package sauce(?![^]*pat-7f3a)/,
    },
    {
      agent: 'informed-agent',
      finds: 'a file from the web',
      script: 'cat specs/openapi.yaml',
      shows: 'openapi: 3.1.0',
    },
    {
      agent: 'default',
      finds: 'one key as a variable, every key as one',
      script: 'echo $GITHUB_TOKEN $ANTHROPIC_API_KEY $OPENAI_API_KEY',
      shows: 'gh-token a-key o-key',
    },
    {
      agent: 'default',
      finds: 'a key as a file that others cannot read',
      script: 'stat -L -c %a /home/agent/.ssh/id_rsa; cat /home/agent/.ssh/id_rsa',
      shows: /^4[04]0\na key/,
    },
    {
      agent: 'default',
      finds: 'every key as a file',
      script: 'cat /home/agent/certificates/client.crt /home/agent/certificates/client.key',
      shows: 'crtkey',
    },
    {
      agent: 'default',
      finds: 'its text',
      script: 'cat .kubeopencode/context.md',
      shows: /# Organization Standards\n- Use signed commits\n- Follow Go conventions/,
    },
    {
      agent: 'opencode-agent',
      finds: 'its configuration',
      script: 'printenv OPENCODE_CONFIG; cat /tools/opencode.json',
      shows: /^\/tools\/opencode\.json\n[^]*"model":\s*"google\/gemini-2\.5-pro"/,
    },
  ],
)

examples(
  ['ca-bundle', 'proxy', 'private-registry'],
  [
    ...hasTrust('internal-agent'),
    ...hasTrust('internal-agent-with-secret'),
    {
      agent: 'enterprise-agent',
      finds: 'its proxy in both spellings, and what is in the cluster reached without it',
      script: 'env | grep -i _proxy | sort',
      shows:
        /HTTPS_PROXY=http:\/\/proxy[^]*HTTP_PROXY=http:\/\/proxy[^]*NO_PROXY=localhost,127\.0\.0\.1,10\.0\.0\.0\/8,\.corp\.example\.com,\.svc,\.cluster\.local[^]*http_proxy=[^]*https_proxy=[^]*no_proxy=/,
    },
    {
      agent: 'enterprise-agent',
      finds: 'the world through it',
      script: 'curl -sS https://docs.example.com/releases/latest.md',
      shows: 'Release 7: faster.',
    },
    {
      agent: 'private-registry-agent',
      finds: 'the cluster’s proxy, as it has none of its own',
      script: 'printenv https_proxy',
      shows: 'http://proxy.e2e-outside.svc.cluster.local:3128',
    },
  ],
  () => {
    test('the proxy has seen what went through it', async () => {
      for (const host of ['github.com', 'api.example.com', 'docs.example.com'])
        await expect.poll(outside.seen).toContain(`CONNECT ${host}:443`)
      const seen = await outside.seen()
      expect(seen).not.toMatch(/\.svc/)
    })
    test('private-registry-agent: the kubelet pulls with its Secrets', async () => {
      const { spec } = (await world.get('Deployment', 'private-registry-agent-server'))!
      expect(spec?.template.spec?.imagePullSecrets).toEqual([
        { name: 'harbor-registry-secret' },
        { name: 'gcr-secret' },
      ])
    })
    test('every container has the authority', async () => {
      const pod = (await world.get('Deployment', 'internal-agent-server'))?.spec?.template.spec
      for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])])
        expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/etc/ssl/certs/custom-ca')
    })
  },
)

examples(
  ['pod-security', 'pod-configuration', 'persistence'],
  [
    {
      agent: 'hardened-agent',
      finds: 'a root file system that it cannot write to',
      script: 'touch /x 2>&1; id -u; touch /tmp/x && echo tmp',
      shows: /Read-only file system\n1000\ntmp/,
    },
    {
      agent: 'hardened-agent',
      finds: 'no capability and a filter of system calls',
      script: 'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status',
      shows: /CapEff:\s+0000000000000000\nNoNewPrivs:\s+1\nSeccomp:\s+2/,
    },
    { agent: 'uid-agent', finds: 'its user and groups', script: 'id -u; id -g; id -G', shows: /^1000\n1000\n1000/ },
    {
      agent: 'persistent-agent',
      finds: 'its sessions on a volume',
      script: 'printenv OPENCODE_DB; ls -A /data/sessions; mountpoint -q /workspace && echo mounted',
      shows: /^\/data\/sessions\/opencode\.db\n[^]*mounted/,
    },
  ],
  () => {
    test('advanced-agent: its Pod is where and how it was asked for', async () => {
      const { spec } = (await world.get('Deployment', 'advanced-agent-server'))!
      expect(spec?.template.metadata?.labels).toMatchObject({ 'network-policy': 'agent-restricted' })
      expect(spec?.template.spec).toMatchObject({
        runtimeClassName: 'gvisor',
        nodeSelector: { 'node-type': 'ai-workload' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'ai-workload', effect: 'NoSchedule' }],
      })
      const ports = (await world.get('Service', 'advanced-agent'))?.spec?.ports?.map(({ name }) => name)
      expect(ports).toEqual(['http', 'preview', 'guard'])
    })
    test('persistent-agent: its volumes are as large as was asked for, and its own', async () => {
      for (const [use, size] of [
        ['sessions', '2Gi'],
        ['workspace', '20Gi'],
      ] as const) {
        const claim = await world.get('PersistentVolumeClaim', `persistent-agent-server-${use}`)
        expect(claim?.spec?.resources?.requests?.['storage']).toBe(size)
        expect(claim?.metadata?.ownerReferences?.[0]).toMatchObject({ kind: 'Agent', name: 'persistent-agent' })
      }
    })
  },
)

examples(
  ['skills', 'git-ssh', 'git-sync-hot-reload', 'git-sync-private', 'git-sync-rollout'],
  [
    {
      agent: 'skilled-agent',
      finds: 'the skills that were named, and no others',
      script: 'cd /skills && ls official-skills team-skills internal-skills; cat internal-skills/deploy/SKILL.md',
      shows:
        /^internal-skills:\ndeploy\n\nofficial-skills:\nfrontend-design\nwebapp-testing\n\nteam-skills:\ncode-review\ntesting-strategy\n---\nname: deploy/,
    },
    {
      agent: 'skilled-agent',
      finds: 'where OpenCode looks for them',
      script: 'cat /tools/opencode.json',
      shows: /"skills"[^]*"\/skills\/official-skills"[^]*"\/skills\/team-skills"[^]*"\/skills\/internal-skills"/,
    },
    {
      agent: 'heir',
      finds: 'the skills of its template',
      script: 'ls /skills/org-standards; ls /skills',
      shows: /^commit-style\norg-standards\n$/,
    },
    {
      agent: 'deployer',
      finds: 'a private repository that came over ssh, and no key',
      script: 'cat code/secret-sauce.go; cat code/.git/config; env; ls -A ~/.ssh || true',
      shows: /^package sauce(?![^]*PRIVATE KEY)/,
    },
    { agent: 'prompted', finds: 'its prompts', script: 'cat prompts/review.md', shows: 'Be brief.' },
    {
      agent: 'standard',
      finds: 'one directory of a private repository at its branch',
      script: 'ls standards; cat standards/standards.md; env',
      shows: /^standards\.md\nSign it\.(?![^]*pat-7f3a)/,
    },
    { agent: 'configured', finds: 'the repository as its workspace', script: 'cat AGENTS.md', shows: 'Be kind.' },
  ],
  () => {
    test.each([
      { agent: 'prompted', context: 'team-prompts' },
      { agent: 'standard', context: 'standards' },
      { agent: 'configured', context: 'agent-config' },
    ])('$agent: says which commit it has', async ({ agent, context }) => {
      const { status } = await world.until(
        'Agent',
        agent,
        (found) => found?.status?.gitSyncStatuses?.[0]?.commitHash !== undefined,
      )
      expect(status?.gitSyncStatuses).toMatchObject([
        { name: context, commitHash: expect.stringMatching(/^[0-9a-f]{40}$/), lastSynced: expect.any(String) },
      ])
      expect(status?.gitSyncStatuses?.[0]).not.toHaveProperty('message')
    })

    test('standard: says which generation of its template it runs, also after a change of it', async () => {
      const generation = async () => (await world.get('AgentTemplate', 'private-standards'))?.metadata.generation
      const before = await generation()
      await world.until('Agent', 'standard', (found) => found?.status?.templateGeneration === before)
      const change = { spec: { podSpec: { extraEnv: [{ name: 'COLOUR', value: 'green' }] } } }
      await world.kubectl('patch', 'agenttemplate', 'private-standards', '--type=merge', '-p', JSON.stringify(change))
      const rolling = await world.until(
        'Agent',
        'standard',
        (found) => conditionOf(found?.status?.conditions, 'Reconciling') !== undefined,
      )
      expect(conditionOf(rolling.status?.conditions, 'Reconciling')?.reason).toBe('RollingOut')
      const wanted = await generation()
      await world.until('Agent', 'standard', (found) => found?.status?.templateGeneration === wanted)
      // kubectl may still choose the Pod that is on its way out.
      const colour = () => inside('standard', 'printenv COLOUR').catch(String)
      await expect.poll(colour, { timeout: 180_000, interval: 1_000 }).toBe('green\n')
    })

    test('a Task has its contexts in its own Pod', async () => {
      await world.apply(
        ...manifestsOf('task-contexts').map((manifest) => ({
          ...manifest,
          spec: {
            ...manifest.spec,
            description:
              '[[bash:cat source-code/main.go specs/openapi.yaml && git -C source-code rev-list --count HEAD]]',
          },
        })),
      )
      const { status } = await world.until('Task', 'review-api', hasEnded)
      const log = await world.kubectl('logs', 'review-api-pod')
      expect(conditionOf(status?.conditions, 'Failed')?.message).toBeUndefined()
      expect(log).toMatch(/package main[^]*openapi: 3\.1\.0/)
    })
  },
)
