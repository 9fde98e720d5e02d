import type { Profile } from '../../shared/merge-template.ts'
import { contextType } from '../../crds/context.ts'
import { labels, taskAppLabels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { ConfigMap, EnvVar, Pod } from 'kubernetes-types/core/v1'
import { ownedBy } from '../../shared/kubernetes.ts'
import { podTraceparentOf } from '../../shared/trace.ts'
import type { ContextFault, File } from '../workload/context-files.ts'
import { contextFile, contextFiles } from '../workload/context-files.ts'
import { askingParts } from '../workload/asking.ts'
import { openCodeEnv, toolFiles } from '../workload/environment.ts'
import { promptFile, userPlaces } from '../../shared/places.ts'
import { agentUrl, sessionTitle, taskConfigMapName, taskPodName } from '../workload/names.ts'
import { filesData, podLabels, podSpec } from '../workload/pod.ts'
import { runtimeText } from '../workload/runtime-text.ts'
import { mountFaults } from '../workload/mount-faults.ts'
import { hasPassword, passwordEnv } from '../workload/password.ts'
import { mainContainer } from '../workload/pod-outcome.ts'
import type { Settings, TaskClient } from '../workload/settings.ts'
import type { Target, TaskSight } from './sight.ts'

type Resolved = Exclude<Target, { kind: 'missing' }>

export interface TaskObjects {
  readonly configMap: ConfigMap
  readonly pod: Pod
}

export const titleOf = ({ metadata }: Task): string =>
  sessionTitle(metadata.namespace ?? '', metadata.name, metadata.uid ?? '')

/** A live Agent has its own contexts already; an ephemeral Pod gets the template's first. */
export const contextsOf = (task: Task, target: Resolved): NonNullable<Profile['contexts']> => [
  ...(target.kind === 'template' ? (target.profile.contexts ?? []) : []),
  ...(task.spec.contexts ?? []),
]

const clients: Readonly<Record<TaskClient, string>> = {
  runner: 'BUN_BE_BUN=1 exec /tools/opencode /tools/run.js run',
  opencode: 'exec /tools/opencode run',
}

/**
 * The prompt goes in on stdin, exactly as written: no argument limit, no flag in it is ever parsed. A live Agent's
 * server sees none of this Pod's files, so the Task's own contexts go in before it.
 */
const script = (task: Task, target: Resolved, settings: Settings, hasContextFile: boolean): string => {
  const path = 'export PATH="/tools:$PATH"'
  const run = (options: string, input: string) =>
    `${clients[settings.taskClient]}${options} --title '${titleOf(task)}' < "${input}"`
  const prompt = `$WORKSPACE_DIR/${promptFile}`
  if (target.kind === 'template') return `${path}\n${run('', prompt)}`
  const { namespace = '' } = task.metadata
  const attach = ` --attach ${agentUrl(target.name, namespace, settings.clusterDomain, target.agent.spec.port)}`
  if (!hasContextFile) return `${path}\n${run(attach, prompt)}`
  const whole = '$WORKSPACE_DIR/.kubeopencode/prompt.md'
  return `${path}\ncat "$WORKSPACE_DIR/${contextFile}" "${prompt}" > "${whole}"\n${run(attach, whole)}`
}

/** What a Pod has to fetch for an agent that works elsewhere: content to join, and no clone that nobody would see. */
const handedOver = (items: NonNullable<Profile['contexts']>): NonNullable<Profile['contexts']> =>
  items.filter((item) => contextType(item) !== 'Git').map(({ mountPath: _place, ...item }) => item)

/** Whether the agent itself works in the Task's Pod; else only a client of an Agent's server does. */
const isAgentProcess = ({ kind, profile }: Resolved): boolean => kind === 'template' || profile.command !== undefined

const filesOf = (
  sight: TaskSight,
  target: Resolved,
): { readonly files: readonly File[]; readonly faults: readonly ContextFault[] } => {
  const { parent, contextMaps } = sight
  const { workspaceDir = '' } = target.profile
  const prompt = `${workspaceDir}/${promptFile}`
  const isAgent = isAgentProcess(target)
  const { files, faults } = contextFiles(contextsOf(parent, target), {
    namespace: parent.metadata.namespace ?? '',
    workspaceDir,
    configMaps: contextMaps,
    runtimeText,
    taken: [{ path: prompt, owner: 'the Task itself', isClosed: true }, ...(isAgent ? userPlaces(target.profile) : [])],
    isHandedOver: !isAgent,
  })
  return {
    files: [
      { path: prompt, content: parent.spec.description ?? '', mode: 0o644 },
      ...(isAgent ? toolFiles(target.profile, contextsOf(parent, target)) : []),
      ...files,
    ],
    faults: [...(isAgent ? mountFaults(target.profile) : []), ...faults],
  }
}

/** What a Task needs to run, or every reason why it cannot be laid out. */
export const taskObjects = (
  sight: TaskSight,
  target: Resolved,
): TaskObjects | { readonly faults: readonly ContextFault[] } => {
  const { parent, settings } = sight
  const { files, faults } = filesOf(sight, target)
  if (faults.length > 0) return { faults }

  const { name, namespace = '', uid = '' } = parent.metadata
  const { profile } = target
  const isAgent = isAgentProcess(target)
  const image = isAgent
    ? (profile.executorImage ?? settings.images.executor)
    : (profile.attachImage ?? settings.images.attach)
  // Not the Agent's label: it is what the Agent's Service selects by.
  const served = target.kind === 'agent' ? { [labels.servedBy]: target.name } : {}
  const own = { ...taskAppLabels, [labels.task]: name }
  const hasContextFile = files.some(({ path }) => path.endsWith(`/${contextFile}`))
  // A server that only this Pod can reach could be told nothing.
  const asking = isAgent ? undefined : askingParts(profile, settings)
  const traceparent = podTraceparentOf(parent, settings.isTraced === true)
  const identity: EnvVar[] = [
    { name: 'TASK_NAME', value: name },
    { name: 'TASK_NAMESPACE', value: namespace },
    { name: 'TASK_UID', value: uid },
    ...(traceparent === undefined ? [] : [{ name: 'TRACEPARENT', value: traceparent }]),
  ]
  return {
    configMap: ownedBy<ConfigMap>(parent, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: taskConfigMapName(name), labels: own },
      immutable: true,
      ...filesData(files),
    }),
    pod: ownedBy<Pod>(parent, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: taskPodName(name),
        labels: podLabels(profile, { ...own, ...served }),
        ...(profile.podSpec?.annotations && { annotations: profile.podSpec.annotations }),
      },
      spec: {
        ...podSpec({
          profile,
          settings,
          files,
          configMapName: taskConfigMapName(name),
          contexts: isAgent ? contextsOf(parent, target) : handedOver(contextsOf(parent, target)),
          isAgentProcess: isAgent,
          main: {
            name: mainContainer,
            image,
            ...asking?.probe,
            command: profile.command ?? ['sh', '-c', script(parent, target, settings, hasContextFile)],
            env: [
              ...identity,
              ...(isAgent ? openCodeEnv(profile, files) : []),
              ...(asking?.env ?? []),
              ...(target.kind === 'agent' && hasPassword(target.agent, settings) ? passwordEnv(target.name) : []),
            ],
          },
        }),
        restartPolicy: 'Never',
      },
    }),
  }
}
