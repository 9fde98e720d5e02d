/** What an empty list shows how to make. */
export const samples = {
  task: (namespace: string) => `apiVersion: kubeopencode.io/v1alpha1
kind: Task
metadata:
  name: hello
  namespace: ${namespace}
spec:
  agentRef:
    name: coder
  description: |
    Look around in the workspace and tell what the project does.
`,
  agent: (namespace: string) => `apiVersion: kubeopencode.io/v1alpha1
kind: Agent
metadata:
  name: coder
  namespace: ${namespace}
spec:
  profile: Writes and repairs code
  workspaceDir: /workspace
  serviceAccountName: default
`,
  agentTemplate: (namespace: string) => `apiVersion: kubeopencode.io/v1alpha1
kind: AgentTemplate
metadata:
  name: team-base
  namespace: ${namespace}
spec:
  workspaceDir: /workspace
  serviceAccountName: default
`,
  config: `apiVersion: kubeopencode.io/v1alpha1
kind: KubeOpenCodeConfig
metadata:
  name: cluster
spec:
  cleanup:
    ttlSecondsAfterFinished: 604800
    maxRetainedTasks: 100
`,
  cronTask: (namespace: string) => `apiVersion: kubeopencode.io/v1alpha1
kind: CronTask
metadata:
  name: nightly
  namespace: ${namespace}
spec:
  schedule: "0 3 * * *"
  timeZone: Europe/Berlin
  taskTemplate:
    spec:
      agentRef:
        name: coder
      description: Update the dependencies and run the tests.
`,
}
