import { SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import { loadExample, releasedImages } from '../../../infra/demo/manifests.ts'
import { manifestsOf } from '../manifests.ts'
import type { World } from '../world.ts'
import { mockConfig, openWorld, template } from '../world.ts'

const repository = 'http://git.kubeopencode-demo.svc.cluster.local/tea-timer.git'

/** Addresses that the docs name and that do not exist. */
const hosts = {
  'https://github.com/your-org/your-repo.git': repository,
  'https://github.com/org/prompts.git': repository,
}

/** What an example names that would cost this cluster one more server. */
const others = { 'name: security-agent': 'name: developer' }

/** Words in the place of a name. */
const names = { NAMESPACE: 'kubeopencode-demo', AGENT: 'developer', TASK: 'fix-the-tests', NAME: 'fix-the-tests' }

/** A statement as a reader types it here. */
export const typed = (statement: string): string => {
  let text = statement
  for (const [host, ours] of Object.entries(hosts)) text = text.replaceAll(host, ours)
  for (const [name, ours] of Object.entries(names)) text = text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), ours)
  return text
}

const examples = loadExample({ kind: 'mock' }, releasedImages)
/** The namespace that a reader's kubectl has by default: that of the examples. */
export const { namespace } = examples
export const demo = await openWorld(namespace)
export const team = await openWorld('team')
export const system = await openWorld(SYSTEM_NAMESPACE)

export const isReady = (found: { status?: { ready?: boolean } } | undefined): boolean => found?.status?.ready === true

/** A file of docs/examples/features, with the mock model for each Agent that has no template. */
export const feature = (file: string, spec: object = {}): object[] =>
  manifestsOf(file, { hosts: { ...hosts, ...others } }).map((manifest) => {
    const own = manifest.spec as { config?: object; templateRef?: object } | undefined
    const isServer = ['Agent', 'AgentTemplate'].includes(manifest.kind) && own?.templateRef === undefined
    return isServer ? { ...manifest, spec: { ...own, ...spec, config: { ...mockConfig, ...own?.config } } } : manifest
  })

const ofKind = (kind: string, manifests: readonly object[]): object[] =>
  manifests.filter((manifest) => (manifest as { kind: string }).kind === kind)

const cronTask = (name: string): object => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'CronTask',
  metadata: { name },
  spec: {
    schedule: '0 3 * * *',
    taskTemplate: { spec: { agentRef: { name: 'developer' }, description: 'Update the dependencies' } },
  },
})

const coder = {
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'Agent',
  metadata: { name: 'coder' },
  spec: {
    templateRef: { name: 'team-config' },
    workspaceDir: '/workspace',
    serviceAccountName: 'kubeopencode-agent',
  },
}

/** The Agent and the Task of the README, with a volume that may grow. */
const { spec } = examples.agent
const developer = { ...examples.agent, spec: { ...spec, persistence: { workspace: { size: '1Gi' } } } }
export const fixTheTests = examples.task

const storageClass = (allowVolumeExpansion: boolean) =>
  demo.kubectl('patch', 'storageclass', 'local', '--type=merge', `--patch=${JSON.stringify({ allowVolumeExpansion })}`)

/** What a reader has made before: each page has one or the other of it. */
export const bringDemo = async (): Promise<void> => {
  await storageClass(true)
  const account = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  await demo.apply(
    account('kubeopencode-agent'),
    account('developer'),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shared-github-creds' }, stringData: { token: 'a-token' } },
    ...ofKind('AgentTemplate', feature('agent-template')),
    template('reviewer'),
    developer,
    coder,
    ...feature('git-sync-hot-reload'),
    ...ofKind('Agent', feature('approvals')),
    ...feature('cron-task-every-weekday'),
    cronTask('nightly'),
    fixTheTests,
  )
  for (const name of ['developer', 'coder', 'prompted', 'careful-agent']) await demo.until('Agent', name, isReady)
}

/** What stays would be in the way of the next file, or cost it time. */
export const takeDemoAway = async (): Promise<void> => {
  const leave = async (world: World, ...what: readonly string[]): Promise<void> => {
    await world.kubectl('delete', ...what, '--ignore-not-found', '--wait=false')
  }
  await leave(team, 'namespace', 'team')
  for (const kind of ['tasks', 'crontasks', 'agents', 'agenttemplates']) await leave(demo, kind, '--all')
  await leave(demo, 'secret', 'model-key', 'shared-github-creds')
  const secrets = ['kubeopencode-server-sessions', 'kubeopencode-server-oidc', 'kubeopencode-traces']
  await leave(system, 'secret', ...secrets)
  await leave(system, 'pod,serviceaccount,role,rolebinding', 'kubeopencode-check')
  await storageClass(false)
}
