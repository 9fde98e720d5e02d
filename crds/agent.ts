import * as z from 'zod'
import { Duration } from './duration.ts'
import { executionShape } from './execution.ts'
import type { Kind } from './kind.ts'
import { age, nameLimit, namePattern, objectOf } from './kind.ts'
import { Conditions, LocalRef, ObservedGeneration } from './metadata.ts'
import { DEFAULT_PORT } from './names.ts'
import { listMap, withRules, withTransitions } from './rules.ts'
import { Count, ObjectName, Port, StorageSize, Timestamp } from './scalars.ts'

/** An idle time under this costs more for starting the server than it saves. */
export const SHORTEST_IDLE_SECONDS = 120

const claim = (size: string) =>
  withTransitions(
    z.object({
      storageClassName: ObjectName.exactOptional().describe(
        "StorageClass of the volume; the cluster's default if unset.",
      ),
      size: StorageSize.default(size).describe('Size of the volume.'),
    }),
    {
      rule: 'self == oldSelf',
      message: 'is immutable, because a volume claim is: delete and create the Agent to change it',
    },
  )

const Persistence = withTransitions(
  z.object({
    sessions: claim('1Gi').exactOptional().describe('Keeps the conversations, at /data/sessions.'),
    workspace: claim('10Gi').exactOptional().describe('Keeps the files of workspaceDir.'),
  }),
  ...(['sessions', 'workspace'] as const).map((field) => ({
    rule: `!has(oldSelf.${field}) || has(self.${field})`,
    message: `${field} cannot be taken away, because its data would be lost: delete and create the Agent without it`,
  })),
)

const AgentFields = z.object({
  ...executionShape,
  templateRef: LocalRef.exactOptional().describe('AgentTemplate that fills in what is not set here.'),
  profile: z.string().max(4096).exactOptional().describe('What the Agent is for, in a few words.'),
  port: Port.default(DEFAULT_PORT).describe('Port the OpenCode server listens on.'),
  persistence: Persistence.exactOptional().describe('What survives a restart of the server.'),
  suspend: z
    .boolean()
    .default(false)
    .describe('Whether the Agent takes no Tasks and its server is scaled to zero. Volumes and Service stay.'),
  standby: z
    .object({ idleTimeout: Duration.describe('How long without Tasks until the Agent is suspended, such as 30m.') })
    .exactOptional()
    .describe('Suspends the Agent while it is idle and resumes it for the next Task.'),
})
type AgentFields = z.infer<typeof AgentFields>

const requiredHereOrInTemplate = (field: 'workspaceDir' | 'serviceAccountName') => ({
  rule: `has(self.${field}) || has(self.templateRef)`,
  message: `${field} is required unless templateRef names a template that sets it`,
  holds: (spec: AgentFields) => spec[field] !== undefined || spec.templateRef !== undefined,
  field,
})

export const AgentSpec = withTransitions(
  withRules(AgentFields, requiredHereOrInTemplate('workspaceDir'), requiredHereOrInTemplate('serviceAccountName'), {
    rule: '!has(self.extraPorts) || self.extraPorts.all(extra, extra.port != self.port)',
    message: 'extraPorts must not repeat spec.port: choose another number',
    holds: ({ extraPorts = [], port }) => extraPorts.every((extra) => extra.port !== port),
    field: 'extraPorts',
  }),
  {
    rule: '!has(oldSelf.persistence) || has(self.persistence)',
    message: 'persistence cannot be taken away, because its data would be lost: delete and create the Agent without it',
    field: 'persistence',
  },
)
export type AgentSpec = z.infer<typeof AgentSpec>

export const AgentPhase = z.enum(['Pending', 'Ready', 'NotReady', 'Suspended', 'Invalid'])
export type AgentPhase = z.infer<typeof AgentPhase>

const ActiveTask = z.object({
  name: z.string().describe('Name of the Task.'),
  uid: z.string().describe('uid of the Task.'),
  startTime: Timestamp.describe('When it got its slot.'),
})
export type ActiveTask = z.infer<typeof ActiveTask>

const NextTask = z.object({
  name: z.string().describe('Name of the Task.'),
  uid: z.string().describe('uid of the Task.'),
})
export type NextTask = z.infer<typeof NextTask>

const TaskStart = z.object({
  taskName: z.string().describe('Name of the Task.'),
  taskNamespace: z.string().describe('Namespace of the Task.'),
  uid: z.string().describe('uid of the Task.'),
  startTime: Timestamp.describe('When it started.'),
})
export type TaskStart = z.infer<typeof TaskStart>

const GitSyncStatus = z.object({
  name: z.string().describe('Name of the context.'),
  commitHash: z.string().exactOptional().describe('Commit the agent sees.'),
  lastSynced: Timestamp.exactOptional().describe('When that commit was fetched.'),
  pendingHash: z.string().exactOptional().describe('Newer commit that waits for active Tasks to end.'),
  message: z.string().exactOptional().describe('Why the agent does not see the newest commit, or a part of it.'),
})
export type GitSyncStatus = z.infer<typeof GitSyncStatus>

export const AgentStatus = z.object({
  observedGeneration: ObservedGeneration.exactOptional(),
  phase: AgentPhase.exactOptional().describe('State of the Agent in one word.'),
  deploymentName: z.string().exactOptional().describe('Deployment of the server.'),
  serviceName: z.string().exactOptional().describe('Service of the server.'),
  url: z.string().exactOptional().describe('Where the server is found inside of the cluster.'),
  authSecretName: z
    .string()
    .exactOptional()
    .describe('Secret with the password of the server, in its key password; none where the server has no password.'),
  templateGeneration: z
    .int()
    .exactOptional()
    .describe('metadata.generation of the AgentTemplate that the running server was built from.'),
  ready: z.boolean().exactOptional().describe('Whether the server takes Tasks.'),
  suspended: z.boolean().exactOptional().describe('Whether the Agent is suspended and takes no Tasks.'),
  idleSince: Timestamp.exactOptional().describe('Since when no Task is active.'),
  activeTasks: listMap(z.array(ActiveTask), 'uid').exactOptional().describe('Tasks that hold a slot.'),
  nextTasks: z
    .array(NextTask)
    .exactOptional()
    .describe('Whose turn came next when the last one was given, in order: the head of the queue, not all of it.'),
  queuedTasks: Count.exactOptional().describe('How many Tasks wait.'),
  dueTime: Timestamp.exactOptional().describe(
    'When time alone changes something next, at the earliest: the end of an idle time, or of a quota window.',
  ),
  taskStartHistory: listMap(z.array(TaskStart), 'uid').exactOptional().describe('Starts inside of the quota window.'),
  gitSyncStatuses: listMap(z.array(GitSyncStatus), 'name')
    .exactOptional()
    .describe('State of the followed repositories.'),
  conditions: Conditions.exactOptional(),
})
export type AgentStatus = z.infer<typeof AgentStatus>

/** What of it decides which Tasks run; all else only tells. */
export const ledgerFields = [
  'status.activeTasks',
  'status.taskStartHistory',
] as const satisfies `status.${keyof AgentStatus}`[]

export const Agent = withRules(
  objectOf(
    'Agent',
    AgentSpec.describe('What the Agent is.'),
    AgentStatus.describe('What is known of the Agent and of its Tasks.'),
  ),
  nameLimit(63, 'it is the name of a Service and the value of the label kubeopencode.io/agent'),
  namePattern(
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    'metadata.name must start with a letter and have no dots, because it is the name of a Service',
  ),
)
export type Agent = z.infer<typeof Agent>

export const AgentKind = {
  kind: 'Agent',
  plural: 'agents',
  singular: 'agent',
  shortNames: ['ag'],
  categories: ['kubeopencode', 'all'],
  scope: 'Namespaced',
  description: 'A coding agent that is always there: an OpenCode server with its context, credentials and limits.',
  columns: [
    { name: 'Profile', type: 'string', jsonPath: '.spec.profile', description: 'What the Agent is for.' },
    { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'State of the Agent.' },
    {
      name: 'Image',
      type: 'string',
      jsonPath: '.spec.executorImage',
      description: 'Image the agent works in.',
      wide: true,
    },
    {
      name: 'Template',
      type: 'string',
      jsonPath: '.spec.templateRef.name',
      description: 'Template the Agent uses.',
      wide: true,
    },
    {
      name: 'ServiceAccount',
      type: 'string',
      jsonPath: '.spec.serviceAccountName',
      description: 'ServiceAccount of the Pods.',
      wide: true,
    },
    {
      name: 'MaxTasks',
      type: 'integer',
      jsonPath: '.spec.maxConcurrentTasks',
      description: 'Tasks that may run at once.',
      wide: true,
    },
    { name: 'URL', type: 'string', jsonPath: '.status.url', description: 'Where the server is found.', wide: true },
    age,
  ],
  selectableFields: ['.spec.templateRef.name', '.status.dueTime', '.status.phase'],
  object: Agent,
} as const satisfies Kind
