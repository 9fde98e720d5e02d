import type { Pod } from 'kubernetes-types/core/v1'
import type { AgentSpec } from '../../crds/agent.ts'
import { API_VERSION, CONFIG_NAME, labels } from '../../crds/names.ts'
import { formatRunSummary } from '../../functions/pod/run/summary.ts'
import { mainContainer } from '../../functions/workload/pod-outcome.ts'

export const paths = {
  namespaces: '/api/v1/namespaces',
  agents: (namespace: string): string => `/apis/${API_VERSION}/namespaces/${namespace}/agents`,
  tasks: (namespace: string): string => `/apis/${API_VERSION}/namespaces/${namespace}/tasks`,
  cronTasks: (namespace: string): string => `/apis/${API_VERSION}/namespaces/${namespace}/crontasks`,
  configs: `/apis/${API_VERSION}/kubeopencodeconfigs`,
  events: (namespace: string): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  pods: (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`,
  deployments: (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  endpoints: (namespace: string): string => `/api/v1/namespaces/${namespace}/endpoints`,
  services: (namespace: string): string => `/api/v1/namespaces/${namespace}/services`,
  serviceAccount: (namespace: string): string => `/api/v1/namespaces/${namespace}/serviceaccounts/default`,
}

export const agentObject = (name: string, spec: Partial<AgentSpec> = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'Agent',
  metadata: { name },
  spec: { workspaceDir: '/workspace', serviceAccountName: 'default', ...spec },
})

export const taskObject = (name: string, agent: string): object => ({
  apiVersion: API_VERSION,
  kind: 'Task',
  metadata: { name },
  spec: { description: 'Say hello.', agentRef: { name: agent } },
})

export const cronTaskObject = (name: string, schedule: string, agent: string): object => ({
  apiVersion: API_VERSION,
  kind: 'CronTask',
  metadata: { name },
  spec: { schedule, taskTemplate: { spec: { description: 'Say hello.', agentRef: { name: agent } } } },
})

export const configObject = (cleanup: object): object => ({
  apiVersion: API_VERSION,
  kind: 'KubeOpenCodeConfig',
  metadata: { name: CONFIG_NAME },
  spec: { cleanup },
})

/** As little of a Pod as there can be; where a Task is named, the player runs it. */
export const smallPod = (name: string, task?: string): Pod => ({
  metadata: { name, ...(task !== undefined && { labels: { [labels.task]: task } }) },
  spec: { containers: [{ name: mainContainer, image: 'bench' }], automountServiceAccountToken: false },
})

const container = (state: object): object => ({
  name: mainContainer,
  image: 'bench',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
})

/** What a kubelet writes when the container has started. */
export const podRunning = (now: Date): object => {
  const startTime = now.toISOString()
  const containerStatuses = [container({ running: { startedAt: startTime } })]
  return { status: { phase: 'Running', startTime, containerStatuses } }
}

const summary = formatRunSummary({
  session: {
    id: 'ses_bench',
    title: 'bench',
    messageCount: 2,
    tokenUsage: { input: 1, output: 1, reasoning: 0, cache: 0 },
    cost: '0',
    filesChanged: 0,
    additions: 0,
    deletions: 0,
  },
})

const succeeded = (began: Date, now: Date, message: string | undefined): object => {
  const [startedAt, finishedAt] = [began.toISOString(), now.toISOString()]
  const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt, ...(message && { message }) }
  return { status: { phase: 'Succeeded', containerStatuses: [container({ terminated })] } }
}

/** What a kubelet writes when the runner that began then has ended well and left its summary. */
export const podSucceeded = (now: Date, began = now): object => succeeded(began, now, summary)

/** The same of a runner that leaves none, so that the server is asked for the session. */
export const podSilent = (now: Date, began = now): object => succeeded(began, now, undefined)
