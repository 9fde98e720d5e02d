/** Types, reasons and Event reasons are an interface: people and programs match on them. */

export const taskConditions = {
  Queued: 'Queued',
  Ready: 'Ready',
  Stopped: 'Stopped',
  Complete: 'Complete',
  Failed: 'Failed',
  /** Whether the session on the server confirms what the Pod's exit code says. */
  SessionVerified: 'SessionVerified',
  /** Whether the agent waits to be told something by a person. */
  ApprovalPending: 'ApprovalPending',
} as const

export const taskReasons = {
  // Queued=True
  AgentSuspended: 'AgentSuspended',
  AgentServerNotReady: 'AgentServerNotReady',
  AgentAtCapacity: 'AgentAtCapacity',
  QuotaExceeded: 'QuotaExceeded',
  // Queued=False
  CapacityAvailable: 'CapacityAvailable',
  NoLimits: 'NoLimits',
  // Ready=False
  AgentError: 'AgentError',
  ContextError: 'ContextError',
  ConfigMapCreationError: 'ConfigMapCreationError',
  PodCreationError: 'PodCreationError',
  PodPending: 'PodPending',
  // Ready=True
  PodRunning: 'PodRunning',
  // Stopped=True
  UserStopped: 'UserStopped',
  Timeout: 'Timeout',
  // Complete=True
  Completed: 'Completed',
  // Failed=True, and the reasons of Ready=False that end a Task before it ran
  AgentRunFailed: 'AgentRunFailed',
  PodFailed: 'PodFailed',
  OOMKilled: 'OOMKilled',
  PodLost: 'PodLost',
  PodStartTimeout: 'PodStartTimeout',
  SessionLost: 'SessionLost',
  // SessionVerified
  SessionChecked: 'SessionChecked',
  ServerUnreachable: 'ServerUnreachable',
  // ApprovalPending=True
  PermissionAsked: 'PermissionAsked',
  QuestionAsked: 'QuestionAsked',
  // ApprovalPending=False
  Answered: 'Answered',
  /** Answered in the session itself, or by nobody in time. */
  Withdrawn: 'Withdrawn',
} as const

export const agentConditions = {
  ServerReady: 'ServerReady',
  ServerHealthy: 'ServerHealthy',
  Suspended: 'Suspended',
  GitSyncPending: 'GitSyncPending',
  StandbyConfigWarning: 'StandbyConfigWarning',
  /** Present while the password of the server cannot be made again. */
  ServerPasswordWarning: 'ServerPasswordWarning',
  /** Present while an older server still runs beside, or instead of, the one that is wanted (a condition of kstatus). */
  Reconciling: 'Reconciling',
  Ready: 'Ready',
} as const

export const agentReasons = {
  // ServerReady
  DeploymentReady: 'DeploymentReady',
  DeploymentNotReady: 'DeploymentNotReady',
  Suspended: 'Suspended',
  // ServerHealthy, besides DeploymentNotReady and Suspended
  DeploymentHealthy: 'DeploymentHealthy',
  DeploymentNotFound: 'DeploymentNotFound',
  // Suspended=True, Suspended=False
  UserRequested: 'UserRequested',
  Standby: 'Standby',
  Active: 'Active',
  // GitSyncPending, and Reconciling=True
  WaitingForTasks: 'WaitingForTasks',
  Synced: 'Synced',
  // StandbyConfigWarning
  IdleTimeoutTooShort: 'IdleTimeoutTooShort',
  // ServerPasswordWarning
  KeyChanged: 'KeyChanged',
  // Reconciling
  RollingOut: 'RollingOut',
  // Ready=True, besides Suspended
  Ready: 'Ready',
  // Ready=False, besides DeploymentNotReady
  /** A ResourceQuota has no room for one of its objects, or a webhook of others does not answer: it is tried again. */
  ObjectsPending: 'ObjectsPending',
  // Ready=False, each with the broken reference in the message
  InvalidSpec: 'InvalidSpec',
  InvalidTemplateRef: 'InvalidTemplateRef',
  InvalidContext: 'InvalidContext',
  InvalidConfig: 'InvalidConfig',
  InvalidServiceAccount: 'InvalidServiceAccount',
  InvalidStorageClass: 'InvalidStorageClass',
  InvalidSecretRef: 'InvalidSecretRef',
  InvalidCaBundle: 'InvalidCaBundle',
  /** An object of a name the Agent needs belongs to someone else. */
  InvalidOwner: 'InvalidOwner',
} as const

export const agentTemplateConditions = { Ready: 'Ready' } as const
export const agentTemplateReasons = { Valid: 'Valid', InvalidSpec: 'InvalidSpec' } as const

export const cronTaskConditions = { Ready: 'Ready' } as const
export const cronTaskReasons = {
  // Ready=False
  InvalidSchedule: 'InvalidSchedule',
  Suspended: 'Suspended',
  MaxRetainedTasksReached: 'MaxRetainedTasksReached',
  /** The apiserver refused the Task, or its name belongs to somebody else. */
  TaskCreationFailed: 'TaskCreationFailed',
  // Ready=True
  Scheduled: 'Scheduled',
  MissedDeadline: 'MissedDeadline',
  ActiveTaskExists: 'ActiveTaskExists',
} as const

export const configConditions = { Ready: 'Ready' } as const
export const configReasons = { Valid: 'Valid', InvalidSpec: 'InvalidSpec' } as const

/** Reasons of Events, by the kind they are about. */
export const eventReasons = {
  Task: {
    Queued: 'Queued',
    QuotaExceeded: 'QuotaExceeded',
    PodCreated: 'PodCreated',
    PodCreationFailed: 'PodCreationFailed',
    Completed: 'Completed',
    Failed: 'Failed',
    Stopped: 'Stopped',
    Timeout: 'Timeout',
    PermissionAsked: 'PermissionAsked',
    QuestionAsked: 'QuestionAsked',
    Answered: 'Answered',
    AnswerIgnored: 'AnswerIgnored',
  },
  Agent: {
    DeploymentCreated: 'DeploymentCreated',
    ServiceCreated: 'ServiceCreated',
    StandbySuspended: 'StandbySuspended',
    UserSuspended: 'UserSuspended',
    Resumed: 'Resumed',
    Ready: 'Ready',
    NotReady: 'NotReady',
    GitSyncRollout: 'GitSyncRollout',
  },
  CronTask: {
    Triggered: 'Triggered',
    TaskCreated: 'TaskCreated',
    TaskCreationFailed: 'TaskCreationFailed',
    MaxRetainedTasksReached: 'MaxRetainedTasksReached',
    MissedDeadline: 'MissedDeadline',
    TooManyMissed: 'TooManyMissed',
    TaskStillActive: 'TaskStillActive',
    ReplacedTasks: 'ReplacedTasks',
  },
} as const

export type TaskReason = keyof typeof taskReasons
export type AgentReason = keyof typeof agentReasons
export type CronTaskReason = keyof typeof cronTaskReasons
export type CronTaskEvent = keyof typeof eventReasons.CronTask
