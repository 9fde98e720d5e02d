/** What came of it, and how to go on. */
import type { Event } from 'kubernetes-types/events/v1'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { serverName } from '../../functions/workload/names.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { type Access, kubectl } from './access.ts'
import type { Colors } from './screen.ts'

/**
 * All that differs from what was cloned, whether committed or not, new files included. A copy of the index is used, so
 * that the workspace stays as the agent left it.
 */
const DIFF = `cd "$1" && base=$(git rev-parse --verify --quiet "origin/$2" || git rev-parse HEAD) &&
export GIT_INDEX_FILE=/tmp/demo-index && cp .git/index $GIT_INDEX_FILE && git add --all &&
git diff --cached --color=$3 "$base" && rm -f $GIT_INDEX_FILE`

/** `git diff` in the Agent's server, as it prints it; empty where the agent changed nothing. */
export const workspaceDiff = async (access: Access, agent: Agent, isColored: boolean): Promise<string> => {
  const { name, namespace = '' } = agent.metadata
  const ref = agent.spec.contexts?.find(({ git }) => git)?.git?.ref ?? 'HEAD'
  return await kubectl(access, [
    'exec',
    `--namespace=${namespace}`,
    `deployment/${serverName(name)}`,
    '--container=opencode-server',
    '--',
    'sh',
    '-c',
    DIFF,
    'sh',
    agent.spec.workspaceDir ?? '',
    ref,
    isColored ? 'always' : 'never',
  ])
}

const thousands = (count: number | undefined): string => (count ?? 0).toLocaleString('en')

const duration = ({ status }: Task): string => {
  const from = Date.parse(status?.startTime ?? '')
  const to = Date.parse(status?.completionTime ?? '')
  return Number.isNaN(to - from) ? '' : ` in ${Math.round((to - from) / 1000)} s`
}

const failure = ({ status }: Task): string =>
  status?.conditions?.find(({ type, status: is }) => type === 'Failed' && is === 'True')?.message ??
  status?.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'False')?.message ??
  'no reason was given'

/** The result as lines: phase, session, tokens, files. Pure. */
export const resultLines = (task: Task, colors: Colors): string[] => {
  const { phase, session } = task.status ?? {}
  const row = (name: string, text: string): string => `  ${colors.dim(name.padEnd(9))}${text}`
  const summary = session?.summary
  const { input, output, cache } = summary?.tokenUsage ?? {}
  const files = summary?.filesChanged === 1 ? '1 file' : `${summary?.filesChanged ?? 0} files`
  return [
    row(
      'phase',
      phase === 'Completed' ? colors.green(`Completed${duration(task)}`) : colors.red(`${phase}${duration(task)}`),
    ),
    ...(phase === 'Completed' ? [] : [row('because', failure(task))]),
    ...(session ? [row('session', session.title ?? session.id)] : []),
    ...(summary
      ? [
          row(
            'tokens',
            `${thousands(input)} in, ${thousands(output)} out${cache ? `, ${thousands(cache)} from the cache` : ''}`,
          ),
          row('cost', `$${summary.cost ?? '0'}`),
          row('changed', `${files}, +${summary.additions ?? 0} -${summary.deletions ?? 0}`),
        ]
      : []),
  ]
}

const seenAt = ({ eventTime, deprecatedFirstTimestamp, metadata }: Event): string =>
  eventTime ?? deprecatedFirstTimestamp ?? metadata?.creationTimestamp ?? ''

/** Events of these objects since `since`, oldest first, one line each. */
export const eventLines = async (
  cluster: ClusterReader,
  objects: readonly (Agent | Task)[],
  colors: Colors,
): Promise<string[]> => {
  const uids = new Set(objects.map(({ metadata }) => metadata.uid))
  const { namespace = '' } = objects[0]?.metadata ?? {}
  const { items } = await cluster.list('Event', { namespace })
  return items
    .filter(({ regarding }) => uids.has(regarding?.uid))
    .toSorted((a, b) => seenAt(a).localeCompare(seenAt(b)))
    .map(({ regarding, reason = '', note = '' }) => {
      const about = `${regarding?.kind ?? ''} ${regarding?.name ?? ''}`
      return `  ${colors.dim(about.padEnd(20))} ${reason.padEnd(18)} ${colors.dim(note)}`
    })
}
