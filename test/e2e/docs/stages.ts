import type { KubeObject } from '../../../shared/kubernetes.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import type { World } from '../world.ts'
import { agent, task } from '../world.ts'
import { demo, feature, fixTheTests, isReady, system, team } from './world.ts'

/** A Task of that name begins anew. */
const anew = async (object: KubeObject, world: World = demo): Promise<void> => {
  await world.kubectl('delete', 'task', object.metadata?.name ?? '', '--ignore-not-found')
  await world.apply(object)
}

const running = async (object: KubeObject): Promise<void> => {
  await anew(object)
  await demo.until('Pod', `${object.metadata?.name}-pod`, (pod) => pod?.status?.phase === 'Running')
}

const asking = async (name: string, description: string): Promise<void> => {
  await anew(task(name, { agentRef: { name: 'careful-agent' }, description }))
  await demo.until(
    'Task',
    name,
    (found) => conditionOf(found?.status?.conditions, 'ApprovalPending')?.status === 'True',
  )
}

const slow = task('fix-the-tests', { agentRef: { name: 'developer' }, description: '[[slow:600]]' })
const permission = '[[bash:echo published]]'
const question = '[[question:Which branch?]]'

/** Somebody who may use the API. */
const bringAda = async (): Promise<void> => {
  await team.kubectl('create', 'serviceaccount', 'ada')
  await team.kubectl('create', 'rolebinding', 'ada', '--clusterrole=kubeopencode-user', '--serviceaccount=team:ada')
}

/** A Task of an Agent that a person has suspended, which docs/guide.md has brought. */
const bringQueued = async (): Promise<void> => {
  await anew(task('waits', { agentRef: { name: 'persistent-agent' }, description: 'Wait' }), team)
  await team.until('Task', 'waits', (found) => found?.status?.phase === 'Queued')
}

/** Where the reader is when a statement is typed, which the page tells in words. */
export const stages: readonly {
  readonly page: string
  readonly key: string
  readonly bring: () => Promise<unknown>
}[] = [
  { page: 'README.md', key: 'kubectl get agents,tasks', bring: () => running(fixTheTests) },
  {
    page: 'docs/guide.md',
    key: 'kubectl -n team get pvc -l kubeopencode.io/agent=persistent-agent',
    bring: () => team.apply(...feature('persistence', { suspend: true })),
  },
  {
    page: 'docs/guide.md',
    key: 'kubectl annotate task fix-the-tests kubeopencode.io/stop=true',
    bring: () => running(slow),
  },
  {
    page: 'docs/guide.md',
    key: 'kubectl get tasks -l kubeopencode.io/crontask=daily-vuln-scan',
    bring: () => demo.kubectl('annotate', 'crontask', 'daily-vuln-scan', 'kubeopencode.io/trigger=true'),
  },
  {
    page: 'docs/api.md',
    key: 'export API=http://localhost:2746/api/v1 TOKEN=$(kubectl create token ada -n team)',
    bring: bringAda,
  },
  { page: 'docs/approvals.md', key: 'kubeoc task why publish', bring: () => asking('publish', permission) },
  {
    page: 'docs/approvals.md',
    key: 'kubeoc task deny publish --reason "not on a Friday"',
    bring: () => asking('publish', permission),
  },
  {
    page: 'docs/approvals.md',
    key: 'kubeoc task reply publish "use the branch main"',
    bring: () => asking('publish', question),
  },
  {
    page: 'docs/approvals.md',
    key: "id=$(kubectl get task publish -o jsonpath='{.status.question.id}')",
    bring: () => asking('publish', permission),
  },
  { page: 'docs/kubeoc.md', key: 'kubeoc get agents,tasks', bring: () => anew(fixTheTests) },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc get tasks -A -o wide --field-selector status.phase=Queued',
    bring: bringQueued,
  },
  {
    page: 'docs/runbooks/KubeOpenCodeTasksWaitLong.md',
    key: 'kubectl get tasks -A --field-selector status.phase=Queued -o wide',
    bring: bringQueued,
  },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc create task -f docs/examples/4-task.yaml --wait --logs',
    bring: () => demo.kubectl('delete', 'task', 'fix-the-tests'),
  },
  { page: 'docs/kubeoc.md', key: 'kubeoc task stop fix-the-tests', bring: () => running(slow) },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc task approve fix-the-tests',
    bring: () => asking('fix-the-tests', permission),
  },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc task deny fix-the-tests --reason "never push to main"',
    bring: () => asking('fix-the-tests', permission),
  },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc task reply fix-the-tests "use the branch main"',
    bring: () => asking('fix-the-tests', question),
  },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc create agent coder --template team-config --max-concurrent-tasks 3 --idle-timeout 30m --wait',
    bring: () => demo.kubectl('delete', 'agent', 'coder', '--cascade=foreground'),
  },
  {
    page: 'docs/kubeoc.md',
    key: 'kubeoc create crontask nightly "Update the dependencies" --schedule "0 3 * * *" --time-zone Europe/Berlin --agent coder',
    bring: () => demo.kubectl('delete', 'crontask', 'nightly'),
  },
  {
    page: 'docs/upgrade.md',
    key: "uid=$(kubectl -n team get agent coder -o jsonpath='{.metadata.uid}')",
    bring: async () => {
      await team.apply(agent('coder', { persistence: { sessions: { size: '1Gi' } }, suspend: true }))
      await team.until('PersistentVolumeClaim', 'coder-server-sessions', (claim) => claim !== undefined)
    },
  },
]

/** What a page has restarted is back before the next is read. */
export const settle = async (): Promise<void> => {
  for (const name of ['kubeopencode-controller', 'kubeopencode-server'])
    await system.kubectl('rollout', 'status', `deployment/${name}`, '--timeout=600s')
  for (const name of ['developer', 'coder']) await demo.until('Agent', name, isReady)
}
