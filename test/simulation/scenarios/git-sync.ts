import { annotations } from '../../../crds/names.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import { commits, followedContext, report } from '../../builders/git-sync.ts'
import type { Look, Scenario } from '../scenario.ts'
import { account, agent, all, apply, configMap, isIdle, isTask, lives, task } from './objects.ts'

const [first, second] = commits

/** Somebody pushes the second commit: it is the remote's head from then on. */
const push = configMap('pushed')
const pushed = ({ read }: Look) => read('ConfigMap', 'pushed')

/** uids are given in the order in which objects are made. */
const isYounger = (one: { metadata?: { uid?: string } }, other: { metadata?: { uid?: string } } | undefined): boolean =>
  other !== undefined && (one.metadata?.uid ?? '') > (other.metadata?.uid ?? '')

const server = ({ all: every }: Look) =>
  every('Pod').findLast(
    ({ metadata, status }) => metadata?.name?.startsWith('coder-server-') && status?.phase === 'Running',
  )

/** With HotReload the agent sees the head at once, with Rollout what was the head when its server started. */
const says = (policy: 'HotReload' | 'Rollout') => (look: Look) => {
  const pod = server(look)
  if (!pod) return undefined
  const head = pushed(look) ? second : first
  const isNew = policy === 'HotReload' ? head === second : isYounger(pod, pushed(look))
  return report(head, isNew ? { commit: second, syncedAt: '2026-06-01T12:10:00Z' } : {})
}

const follower = (policy: 'HotReload' | 'Rollout', spec: Readonly<Record<string, unknown>> = {}) =>
  agent({ contexts: [followedContext(policy)], ...spec })

const commitOf = ({ read }: Look): string | undefined =>
  read('Agent', 'coder')?.status?.gitSyncStatuses?.[0]?.commitHash
const rolledOut = ({ read }: Look): string | undefined =>
  read('Deployment', 'coder-server')?.spec?.template.metadata?.annotations?.[`${annotations.gitHashPrefix}config`]
const pending = ({ read }: Look): string | undefined =>
  conditionOf(read('Agent', 'coder')?.status?.conditions, 'GitSyncPending')?.reason

const sees =
  (commit: string) =>
  (look: Look): boolean =>
    commitOf(look) === commit

export const gitSyncScenarios: readonly Scenario[] = [
  {
    name: 'agent-hot-reload',
    objects: [account, follower('HotReload')],
    syncReport: says('HotReload'),
    people: [apply(push, sees(first), 10)],
    isDone: all(sees(second), isIdle, (look) => rolledOut(look) === undefined),
  },
  {
    name: 'agent-rollout',
    objects: [account, follower('Rollout')],
    syncReport: says('Rollout'),
    people: [apply(push, sees(first), 10)],
    isDone: all(sees(second), isIdle, (look) => rolledOut(look) === second && pending(look) === 'Synced'),
  },
  {
    name: 'agent-rollout-with-an-active-task',
    objects: [account, follower('Rollout', { maxConcurrentTasks: 1 }), task('job-1'), task('job-2')],
    lifeOf: lives({ runSeconds: 200 }),
    syncReport: says('Rollout'),
    people: [apply(push, all(sees(first), isTask('job-1', 'Running')), 10)],
    isDone: all(
      sees(second),
      isIdle,
      isTask('job-1', 'Completed', 'Completed'),
      isTask('job-2', 'Completed', 'Completed'),
      (look) => rolledOut(look) === second && pending(look) === 'Synced',
    ),
  },
]
