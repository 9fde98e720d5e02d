import type { PodStatus } from 'kubernetes-types/core/v1'
import { beforeAll, describe, expect, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import { agent, hasEnded, openWorld, task } from './world.ts'

const world = await openWorld('e2e-features')
const repository = 'http://git.kubeopencode-demo.svc.cluster.local/tea-timer.git'
const page = 'http://model.kubeopencode-demo.svc.cluster.local/healthz'

const equipped = agent('equipped', {
  contexts: [
    { name: 'rules', text: 'Be brief.' },
    { name: 'place', type: 'Runtime', runtime: {} },
    { name: 'scripts', configMap: { name: 'scripts' }, mountPath: '.scripts', fileMode: 0o755 },
    { name: 'page', url: { source: page } },
    { name: 'page-file', url: { source: page }, mountPath: 'specs/page.txt' },
    { name: 'code', git: { repository, sync: { enabled: true, interval: '10s' } }, mountPath: 'code' },
    { name: 'own', git: { repository }, mountPath: 'own' },
  ],
  skills: [{ name: 'team', git: { repository, ref: 'main' } }],
  credentials: [
    { name: 'token', secretRef: { name: 'keys', key: 'token' }, env: 'THE_TOKEN' },
    { name: 'file', secretRef: { name: 'keys', key: 'token' }, mountPath: '/home/agent/token' },
  ],
  // Nobody listens there: what is in the cluster is reached all the same.
  proxy: { httpProxy: 'http://proxy.invalid:3128', httpsProxy: 'http://proxy.invalid:3128', noProxy: 'localhost' },
  persistence: { sessions: { size: '1Gi' }, workspace: { size: '1Gi' } },
  podSpec: { labels: { team: 'tea' }, extraEnv: [{ name: 'COLOUR', value: 'green' }] },
})

beforeAll(async () => {
  await world.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  await world.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'scripts' }, data: { 'run.sh': 'echo hi' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { token: 's3cret' } },
    equipped,
  )
  await world.until('Agent', 'equipped', (found) => found?.status?.ready === true)
})

/** What a shell in the server's container prints. */
const inside = (script: string): Promise<string> =>
  world.kubectl('exec', 'deploy/equipped-server', '-c', 'opencode-server', '--', 'sh', '-c', script)

const serverPods = async () => {
  const labelSelector = 'kubeopencode.io/agent=equipped'
  return (await world.cluster.list('Pod', { namespace: world.namespace, labelSelector })).items
}

const isTrue = (status: PodStatus | undefined, type: string): boolean =>
  status?.conditions?.find((one) => one.type === type)?.status === 'True'

const done = async (name: string) => {
  const { status } = await world.until('Task', name, hasEnded)
  return { phase: status?.phase, message: conditionOf(status?.conditions, 'Failed')?.message }
}

describe('an Agent with all it can have', () => {
  test('knows its contexts from the start', async () => {
    const known = await inside('cat .kubeopencode/context.md')
    expect(known).toContain('<context name="rules" namespace="e2e-features" type="Text">\nBe brief.\n</context>')
    expect(known).toContain('type="Runtime">')
    expect(known).toMatch(/<context name="page" namespace="e2e-features" type="URL">\nok\n<\/context>/)
    expect(await inside('printenv OPENCODE_CONFIG_CONTENT')).toContain('.kubeopencode/context.md')
  })

  test.each([
    {
      name: 'a ConfigMap with its mode',
      script: 'stat -c %a .scripts/run.sh; cat .scripts/run.sh',
      shows: '755\necho hi',
    },
    { name: 'a page', script: 'cat specs/page.txt', shows: 'ok\n' },
    { name: 'a repository', script: 'ls code', shows: 'format-time.js' },
    { name: 'a skill', script: 'ls /skills/team; cat /tools/opencode.json', shows: '"/skills/team"' },
    { name: 'a credential as a variable', script: 'printenv THE_TOKEN', shows: 's3cret' },
    { name: 'a credential as a file', script: 'cat /home/agent/token', shows: 's3cret' },
    {
      name: 'the proxy, in both spellings',
      script: 'env | grep -i _proxy | sort',
      shows: 'http_proxy=http://proxy.invalid:3128',
    },
    { name: 'what no proxy is for', script: 'printenv NO_PROXY', shows: 'localhost,.svc,.cluster.local' },
    { name: 'a variable of its own', script: 'printenv COLOUR', shows: 'green' },
  ])('finds $name', async ({ script, shows }) => expect(await inside(script)).toContain(shows))

  test('says which commit it follows', async () => {
    const { status } = await world.until(
      'Agent',
      'equipped',
      (found) => found?.status?.gitSyncStatuses?.[0]?.commitHash !== undefined,
    )
    const head = (await inside('git -C code rev-parse HEAD')).trim()
    expect(status?.gitSyncStatuses).toMatchObject([{ name: 'code', commitHash: head }])
  })

  test('keeps its sessions and its files when its Pod is killed', async () => {
    await world.apply(
      task('before', {
        agentRef: { name: 'equipped' },
        description: '[[bash:echo mine > kept.txt; echo // >> own/format-time.js]]',
      }),
    )
    expect(await done('before')).toEqual({ phase: 'Completed' })
    const killed = new Set((await serverPods()).map(({ metadata }) => metadata?.uid))
    await world.kubectl('delete', 'pod', '-l', 'kubeopencode.io/agent=equipped', '--force', '--grace-period=0')
    const isBack = async () =>
      (await serverPods()).some(({ metadata, status }) => !killed.has(metadata?.uid) && isTrue(status, 'Ready'))
    await expect.poll(isBack, { timeout: 420_000, interval: 500 }).toBe(true)
    await world.until('Agent', 'equipped', (found) => found?.status?.ready === true)
    expect(await inside('cat kept.txt; tail -1 own/format-time.js')).toBe('mine\n//\n')
    expect(await world.ask('equipped', '/session')).toContain('kubeopencode/e2e-features/before/')
  })
})
