/** What the reference says of names that are no fields. Typed by the tables of crds/, so that none is forgotten. */
import type {
  agentConditions,
  agentTemplateConditions,
  configConditions,
  cronTaskConditions,
  taskConditions,
} from '../../../crds/reasons.ts'
import {
  agentReasons,
  agentTemplateReasons,
  configReasons,
  cronTaskReasons,
  taskReasons,
} from '../../../crds/reasons.ts'
import { taskEndings } from '../../../shared/measures.ts'
import type { annotations, labels } from '../../../crds/names.ts'
import type { KindName } from '../../../crds/kinds.ts'

type Condition = { readonly meaning: string; readonly reasons: readonly string[] }

const queued: readonly (keyof typeof taskReasons)[] = [
  'AgentSuspended',
  'AgentServerNotReady',
  'AgentAtCapacity',
  'QuotaExceeded',
  'CapacityAvailable',
  'NoLimits',
]
const notReady: readonly (keyof typeof taskReasons)[] = [
  'AgentError',
  'ContextError',
  'ConfigMapCreationError',
  'PodCreationError',
]
const failed = taskEndings.Failed.filter((reason) => !notReady.includes(reason))
const invalidAgent = (Object.keys(agentReasons) as (keyof typeof agentReasons)[]).filter((reason) =>
  reason.startsWith('Invalid'),
)

export const conditions = {
  Task: {
    Queued: {
      meaning: 'True while the Task waits for its Agent; the message says for what, and at which place.',
      reasons: queued,
    },
    Ready: {
      meaning: 'Whether its Pod could be made and is at work.',
      reasons: [...notReady, 'PodPending', 'PodRunning'],
    },
    Stopped: {
      meaning: 'True when it was ended before its agent had finished; the phase is Completed.',
      reasons: ['UserStopped', 'Timeout'],
    },
    Complete: { meaning: 'True when the agent has finished. For kubectl wait.', reasons: ['Completed'] },
    Failed: { meaning: 'True when the Task has failed. For kubectl wait.', reasons: [...failed, ...notReady] },
    SessionVerified: {
      meaning:
        "Whether the session on the Agent's server confirms what the Pod's exit code says. Nothing says SessionChecked at present.",
      reasons: ['SessionChecked', 'ServerUnreachable'],
    },
    ApprovalPending: {
      meaning: 'True while the agent waits to be told something by a person.',
      reasons: ['PermissionAsked', 'QuestionAsked', 'ServerUnreachable', 'Answered', 'Withdrawn'],
    },
  } satisfies Record<keyof typeof taskConditions, Condition>,
  Agent: {
    Ready: {
      meaning:
        'Whether Tasks can be done. False with the reference or field that is at fault. Nothing says InvalidSecretRef or InvalidCaBundle at present.',
      reasons: ['Ready', 'Suspended', 'DeploymentNotReady', 'ObjectsPending', ...invalidAgent],
    },
    ServerReady: {
      meaning: 'Whether the Deployment of its server is available.',
      reasons: ['DeploymentReady', 'DeploymentNotReady', 'Suspended'],
    },
    ServerHealthy: {
      meaning: 'Whether the Deployment is there and in good health.',
      reasons: ['DeploymentHealthy', 'DeploymentNotReady', 'DeploymentNotFound', 'Suspended'],
    },
    Suspended: {
      meaning: 'Whether the server is scaled to nothing, and who asked for that.',
      reasons: ['UserRequested', 'Standby', 'Active'],
    },
    GitSyncPending: {
      meaning: 'True while a rollout to a newer commit waits for Tasks at work.',
      reasons: ['WaitingForTasks', 'Synced'],
    },
    StandbyConfigWarning: {
      meaning: 'True while the idle timeout is too short to be of use.',
      reasons: ['IdleTimeoutTooShort'],
    },
    ServerPasswordWarning: {
      meaning: 'True while the password of the server cannot be made again.',
      reasons: ['KeyChanged'],
    },
    Reconciling: {
      meaning: 'True while an older server still runs beside, or instead of, the one that is wanted.',
      reasons: ['RollingOut', 'WaitingForTasks'],
    },
  } satisfies Record<keyof typeof agentConditions, Condition>,
  AgentTemplate: {
    Ready: { meaning: 'Whether the template can be used.', reasons: Object.keys(agentTemplateReasons) },
  } satisfies Record<keyof typeof agentTemplateConditions, Condition>,
  CronTask: {
    Ready: { meaning: 'Whether the schedule makes Tasks.', reasons: Object.keys(cronTaskReasons) },
  } satisfies Record<keyof typeof cronTaskConditions, Condition>,
  KubeOpenCodeConfig: {
    Ready: { meaning: 'Whether the settings are in force.', reasons: Object.keys(configReasons) },
  } satisfies Record<keyof typeof configConditions, Condition>,
} as const satisfies Record<KindName, Record<string, Condition>>

/** Every reason there is, to be compared with what the conditions above name. */
export const reasons: Record<KindName, readonly string[]> = {
  Task: Object.keys(taskReasons),
  Agent: Object.keys(agentReasons),
  AgentTemplate: Object.keys(agentTemplateReasons),
  CronTask: Object.keys(cronTaskReasons),
  KubeOpenCodeConfig: Object.keys(configReasons),
}

type Name = { readonly on: string; readonly meaning: string }

export const labelWords: Record<keyof typeof labels, Name> = {
  agent: {
    on: "Tasks with agentRef; an Agent's Deployment, Pods, Service, claims and ConfigMap",
    meaning: 'name of the Agent; stamped on Tasks by the webhook',
  },
  agentTemplate: { on: 'Tasks and Agents with templateRef', meaning: 'name of the AgentTemplate' },
  cronTask: { on: 'Tasks that a CronTask made', meaning: 'name of the CronTask' },
  task: { on: "a Task's Pod and ConfigMap", meaning: 'name of the Task' },
  servedBy: { on: "the Pod of an Agent's Task", meaning: 'name of the Agent whose server does the work' },
}

export const annotationWords: Record<keyof typeof annotations, Name & { readonly by: 'you' | 'KubeOpenCode' }> = {
  stop: { on: 'Task', by: 'you', meaning: '`true` stops it' },
  answer: {
    on: 'Task',
    by: 'you',
    meaning:
      '`approve ID`, `always ID`, `deny ID` or `reply ID TEXT` answers its `status.question`; removed once served',
  },
  answeredBy: { on: 'Task', by: 'KubeOpenCode', meaning: 'user who answered' },
  traceparent: {
    on: 'Task',
    by: 'you',
    meaning: 'trace (W3C Trace Context) that its work goes on with; without it, one made of its uid',
  },
  trigger: { on: 'CronTask', by: 'you', meaning: '`true` asks for one run now; removed once served' },
  lastConnectionActive: {
    on: 'Agent',
    by: 'KubeOpenCode',
    meaning: 'when a terminal or attach session was last open; keeps standby away',
  },
  suspendedBy: {
    on: 'Agent',
    by: 'KubeOpenCode',
    meaning: '`standby` where the controller suspended it and not a person',
  },
  contextHash: { on: "an Agent's Pods", by: 'KubeOpenCode', meaning: 'hash of the contexts they started with' },
  gitHashPrefix: {
    on: "an Agent's Pods",
    by: 'KubeOpenCode',
    meaning: 'commit of the Git context whose name follows, with policy Rollout',
  },
  templateGeneration: {
    on: "an Agent's Deployment",
    by: 'KubeOpenCode',
    meaning: 'generation of the AgentTemplate it was built from',
  },
  serverPassword: { on: "an Agent's Pods", by: 'KubeOpenCode', meaning: "SHA-256 of the server's password" },
}
