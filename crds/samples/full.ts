import type { KindName } from '../kinds.ts'
import { API_VERSION } from '../names.ts'
import { conditions, contexts, execution, proxy, secretCaBundle } from './full-parts.ts'

export type Json = { readonly [key: string]: unknown }

const time = '2026-01-01T00:00:00Z'

export const object = (kind: KindName, name: string, spec: Json, status?: Json): Json => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name },
  spec,
  ...(status && { status }),
})

const taskSpec = { description: 'Update all dependencies.', agentRef: { name: 'a' }, contexts, timeout: '1h30m' }

const taskStatus = {
  observedGeneration: 1,
  phase: 'Running',
  agentRef: { name: 'a' },
  templateRef: { name: 't' },
  podName: 'full-pod',
  startTime: time,
  completionTime: time,
  completionMinute: time,
  dueMinute: time,
  session: {
    id: 'ses_1',
    title: 'kubeopencode/default/full/01234567',
    url: 'http://a.default.svc.cluster.local:4096/session/ses_1',
    summary: {
      messageCount: 2,
      tokenUsage: { input: 1, output: 2, reasoning: 3, cache: 4 },
      cost: '0.0123',
      filesChanged: 1,
      additions: 10,
      deletions: 2,
    },
  },
  queue: { position: 1, since: time },
  question: {
    id: 'per_2',
    kind: 'Permission',
    text: 'bash: npm publish',
    always: ['bash: npm *'],
    since: time,
    deadline: time,
  },
  answers: [
    { id: 'que_1', kind: 'Question', text: 'Which branch?', verdict: 'Replied', reply: 'main', by: 'jane', time },
  ],
  conditions,
}

const agentStatus = {
  observedGeneration: 1,
  phase: 'Ready',
  deploymentName: 'full-server',
  serviceName: 'full',
  url: 'http://full.default.svc.cluster.local:4096',
  ready: true,
  suspended: false,
  authSecretName: 'agent-server-auth',
  templateGeneration: 2,
  idleSince: time,
  dueTime: time,
  activeTasks: [{ name: 'x', uid: 'u1', startTime: time }],
  nextTasks: [{ name: 'y', uid: 'u2' }],
  queuedTasks: 1,
  taskStartHistory: [{ taskName: 'x', taskNamespace: 'default', uid: 'u1', startTime: time }],
  gitSyncStatuses: [
    { name: 'code', commitHash: 'a1b2c3', lastSynced: time, pendingHash: 'd4e5f6', message: 'kept what was changed' },
  ],
  conditions,
}

/** Objects that together set every field of their kind. The first of a kind carries all of its status. */
export const full: Readonly<Record<KindName, readonly [Json, ...Json[]]>> = {
  Task: [
    object('Task', 'full', taskSpec, taskStatus),
    object('Task', 'from-template', { templateRef: { name: 't' }, description: 'Run the linters.' }),
  ],
  Agent: [
    object(
      'Agent',
      'full',
      {
        ...execution,
        templateRef: { name: 't' },
        profile: 'Does everything',
        port: 4097,
        persistence: {
          sessions: { storageClassName: 'fast', size: '2Gi' },
          workspace: { storageClassName: 'fast', size: '20Gi' },
        },
        suspend: false,
        standby: { idleTimeout: '30m' },
      },
      agentStatus,
    ),
    object('Agent', 'secret-ca', { workspaceDir: '/w', serviceAccountName: 'a', caBundle: secretCaBundle }),
  ],
  AgentTemplate: [
    object('AgentTemplate', 'full', execution, { observedGeneration: 1, agents: 2, conditions }),
    object('AgentTemplate', 'secret-ca', { workspaceDir: '/w', serviceAccountName: 'a', caBundle: secretCaBundle }),
  ],
  CronTask: [
    object(
      'CronTask',
      'full',
      {
        schedule: '0 9 * * 1-5',
        timeZone: 'Asia/Shanghai',
        concurrencyPolicy: 'Replace',
        suspend: true,
        startingDeadlineSeconds: 60,
        maxRetainedTasks: 3,
        taskTemplate: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, spec: taskSpec },
      },
      {
        observedGeneration: 1,
        active: 1,
        activeRefs: [{ name: 'full-1767258000', uid: 'u1' }],
        lastScheduleTime: time,
        lastSuccessfulTime: time,
        nextScheduleTime: time,
        lastTriggerTime: time,
        totalExecutions: 12,
        conditions,
      },
    ),
    object('CronTask', 'from-template', {
      schedule: '*/5 * * * *',
      taskTemplate: { spec: { templateRef: { name: 't' }, description: 'Look after it.' } },
    }),
  ],
  KubeOpenCodeConfig: [
    object(
      'KubeOpenCodeConfig',
      'cluster',
      {
        clusterDomain: 'example.internal',
        systemImage: { image: 'registry.example.com/kubeopencode:v1', imagePullPolicy: 'Always' },
        proxy,
        cleanup: { ttlSecondsAfterFinished: 3600, maxRetainedTasks: 100 },
        security: {
          allowedGitHosts: ['git.example.com', '*.example.org'],
          allowedURLHosts: ['api.example.com:8443'],
          allowPrivateAddresses: false,
          allowedImages: ['registry.example.com/team'],
          requireImageDigest: true,
          requireServerPassword: false,
          allowedServiceAccounts: ['agent'],
        },
      },
      { observedGeneration: 1, conditions },
    ),
  ],
}
