import type { Agent } from '../../../crds/agent.ts'
import type { AgentTemplate } from '../../../crds/agent-template.ts'
import type { Condition } from '../../../shared/conditions.ts'
import { ago, made } from './made.ts'

interface Kept {
  readonly status?: object
  readonly [field: string]: unknown
}

const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  minutes: number,
): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: ago(minutes),
  observedGeneration: 1,
})

const ready = (name: string, minutes: number): Condition[] => {
  const message = `the server of Agent ${name} takes Tasks`
  return [
    condition('ServerReady', 'True', 'DeploymentReady', message, minutes),
    condition('ServerHealthy', 'True', 'DeploymentHealthy', message, minutes),
    condition('Suspended', 'False', 'Active', 'the Agent is not suspended', minutes),
    condition('Ready', 'True', 'Ready', message, minutes),
  ]
}

const asleep = (name: string, minutes: number): Condition[] => {
  const message = `Agent ${name} is suspended`
  return [
    condition('ServerReady', 'False', 'Suspended', message, minutes),
    condition('ServerHealthy', 'False', 'Suspended', message, minutes),
    condition('Suspended', 'True', 'Standby', 'the server is scaled to zero; volumes and Service are kept', minutes),
    condition('Ready', 'True', 'Suspended', `${message}, as asked`, minutes),
  ]
}

const agent = (name: string, days: number, { status, ...spec }: Kept): Agent =>
  made('Agent', name, days * 1440, {
    spec,
    status: {
      observedGeneration: 1,
      phase: 'Ready',
      ready: true,
      suspended: false,
      deploymentName: `${name}-server`,
      serviceName: name,
      url: `http://${name}.shop.svc.cluster.local:4096`,
      queuedTasks: 0,
      conditions: ready(name, 190),
      ...status,
    },
  })

const started = (taskName: string, minutes: number) => ({
  taskName,
  taskNamespace: 'shop',
  uid: `uid-of-${taskName}`,
  startTime: ago(minutes),
})

const active = (name: string, minutes: number) => ({ name, uid: `uid-of-${name}`, startTime: ago(minutes) })

const code = {
  repository: 'https://git.example.com/shop/storefront.git',
  ref: 'main',
}

export const agents: readonly Agent[] = [
  agent('developer', 41, {
    profile: 'Builds features and repairs what is broken in the storefront',
    templateRef: { name: 'storefront' },
    maxConcurrentTasks: 2,
    quota: { maxTaskStarts: 20, windowSeconds: 3600 },
    persistence: { sessions: { size: '2Gi' }, workspace: { size: '20Gi' } },
    contexts: [
      {
        name: 'storefront',
        type: 'Git',
        mountPath: '.',
        git: { ...code, sync: { enabled: true, interval: '5m', policy: 'HotReload' } },
      },
    ],
    status: {
      queuedTasks: 2,
      activeTasks: [active('faster-product-search', 11), active('flaky-checkout-test', 4)],
      taskStartHistory: ['price-in-two-currencies', 'faster-product-search', 'flaky-checkout-test'].map((name, index) =>
        started(name, 44 - 20 * index),
      ),
      gitSyncStatuses: [
        { name: 'storefront', commitHash: '8c41f0a9d2be67135c90aa4f21b7d3e8f6502c1d', lastSynced: ago(2) },
      ],
    },
  }),
  agent('reviewer', 41, {
    profile: 'Reads every change before people do',
    templateRef: { name: 'storefront' },
    maxConcurrentTasks: 4,
    status: { activeTasks: [active('review-4127', 1)] },
  }),
  agent('releases', 23, {
    profile: 'Publishes packages, and asks before it does',
    templateRef: { name: 'storefront' },
    maxConcurrentTasks: 1,
    status: { activeTasks: [active('publish-2-18-0', 6)] },
  }),
  agent('security', 23, {
    profile: 'Looks for what is known to be vulnerable',
    templateRef: { name: 'storefront' },
    status: { idleSince: ago(55) },
  }),
  agent('writer', 16, {
    profile: 'Keeps the guides and the changelog true',
    templateRef: { name: 'storefront' },
    maxConcurrentTasks: 1,
    standby: { idleTimeout: '30m' },
    suspend: true,
    persistence: { sessions: { size: '1Gi' } },
    status: {
      phase: 'Suspended',
      ready: false,
      suspended: true,
      idleSince: ago(152),
      conditions: asleep('writer', 122),
    },
  }),
  agent('analyst', 0.004, {
    profile: 'Answers questions about orders, from a copy of the database',
    workspaceDir: '/workspace',
    serviceAccountName: 'analyst',
    status: {
      phase: 'NotReady',
      ready: false,
      conditions: [
        condition('ServerReady', 'False', 'DeploymentNotReady', 'the server is starting', 5),
        condition('ServerHealthy', 'False', 'DeploymentNotReady', 'the server is starting', 5),
        condition('Suspended', 'False', 'Active', 'the Agent is not suspended', 5),
        condition('Ready', 'False', 'DeploymentNotReady', 'the server is starting', 5),
      ],
    },
  }),
]

const template = (name: string, days: number, generation: number, agentsOf: number, spec: object) =>
  made('AgentTemplate', name, days * 1440, {
    metadata: { generation },
    spec,
    status: {
      observedGeneration: generation,
      agents: agentsOf,
      conditions: [condition('Ready', 'True', 'Valid', 'the template can be used', days * 1440)],
    },
  })

export const templates: readonly AgentTemplate[] = [
  template('storefront', 41, 7, 5, {
    workspaceDir: '/workspace',
    serviceAccountName: 'agents',
    executorImage: 'registry.example.com/shop/agent-node:24.3',
    config: { model: 'anthropic/claude-haiku-4-5', permission: { bash: { '*': 'allow', 'npm publish*': 'ask' } } },
    credentials: [
      {
        name: 'model',
        secretRef: { name: 'model-key', key: 'ANTHROPIC_API_KEY' },
        env: 'ANTHROPIC_API_KEY',
      },
      { name: 'git', secretRef: { name: 'git-bot', key: 'token' }, env: 'GIT_TOKEN' },
    ],
    contexts: [
      { name: 'house-rules', type: 'ConfigMap', configMap: { name: 'house-rules', optional: false } },
      { name: 'architecture', type: 'Text', text: 'One package for each page; prices are whole cents.' },
    ],
    skills: [
      {
        name: 'testing',
        git: { repository: 'https://git.example.com/shop/skills.git', ref: 'main' },
      },
    ],
  }),
  template('sandbox', 12, 2, 0, {
    workspaceDir: '/workspace',
    serviceAccountName: 'nobody',
    executorImage: 'registry.example.com/shop/agent-empty:1.4',
    maxConcurrentTasks: 1,
  }),
]

export const config = made('KubeOpenCodeConfig', 'cluster', 41 * 1440, {
  spec: {
    clusterDomain: 'cluster.local',
    cleanup: { ttlSecondsAfterFinished: 14 * 24 * 3600, maxRetainedTasks: 500 },
    security: {
      allowedGitHosts: ['git.example.com'],
      allowPrivateAddresses: false,
      allowedServiceAccounts: ['agents', 'analyst', 'nobody'],
      allowedImages: ['registry.example.com/shop'],
      requireImageDigest: false,
      requireServerPassword: true,
    },
    proxy: { httpsProxy: 'http://proxy.example.com:3128' },
  },
  status: {
    observedGeneration: 1,
    conditions: [condition('Ready', 'True', 'Valid', 'the settings hold', 41 * 1440)],
  },
})
