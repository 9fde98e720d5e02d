/** What a statement of the docs prints. Where nothing is said here it has to print something. */
export interface Answer {
  readonly key: string
  readonly shows: RegExp
  /** It goes on until somebody leaves it: it is left once it has shown this. */
  readonly isEndless?: true
  /** The exit code it is meant to end with. */
  readonly code?: number
}

export const answers: readonly Answer[] = [
  {
    key: 'kubectl -n kubeopencode-system wait pod -l app.kubernetes.io/component=controller --for=delete --timeout=2m',
    shows: /^$|condition met/,
  },
  { key: 'kubectl get agents,tasks', shows: /agent\.\S+\/developer[^]*task\.\S+\/fix-the-tests/ },
  { key: 'kubectl logs -f fix-the-tests-pod', shows: /the tests pass|done:/i },
  { key: "kubectl get task fix-the-tests -o jsonpath='{.status.session.summary}'", shows: /"messageCount":\d+/ },
  { key: 'kubectl explain task.spec --recursive', shows: /agentRef[^]*description/ },
  { key: 'kubeoc run "Repair the tests" --agent developer', shows: /is done/ },
  {
    key: 'kubectl -n kubeopencode-system port-forward service/kubeopencode-server 2746 &',
    shows: /Forwarding from 127\.0\.0\.1:2746/,
  },
  {
    key: 'kubectl -n kubeopencode-system port-forward service/kubeopencode-server 2746',
    shows: /Forwarding from 127\.0\.0\.1:2746/,
    isEndless: true,
  },
  {
    key: 'curl -sSN --max-time 3 "$API/namespaces/team/tasks?watch=1" -H "Authorization: Bearer $TOKEN"',
    shows: /event: ADDED/,
    code: 28,
  },
  {
    key: 'curl -sSfN "$API/namespaces/team/tasks/fix-the-tests/logs?tailLines=100" -H "Authorization: Bearer $TOKEN"',
    shows: /event: complete/,
  },
  { key: 'kubeoc task why publish', shows: /bash: echo published/ },
  {
    key: "kubectl get agent prompted -o jsonpath='{.status.gitSyncStatuses}'",
    shows: /^\[\{"commitHash":"[0-9a-f]{40}","lastSynced":"[^"]+Z","name":"team-prompts"\}\]$/,
  },
  // Of a repository that nobody pushes to.
  { key: 'kubectl logs deploy/prompted-server -c git-sync-0', shows: /^$/ },
  { key: "kubectl -n team get agent team-agent -o jsonpath='{.status.url}'", shows: /^http:\/\/team-agent\.team\.svc/ },
  {
    key: 'kubectl -n team get pvc -l kubeopencode.io/agent=persistent-agent',
    shows: /-server-sessions[^]*-server-workspace/,
  },
  {
    key: `kubectl get task fix-the-tests -o jsonpath='{.status.conditions[?(@.type=="Stopped")].reason}'`,
    shows: /^UserStopped$/,
  },
  { key: 'kubeoc get tasks --watch', shows: /fix-the-tests/, isEndless: true },
  { key: 'kubeoc task logs -f fix-the-tests', shows: /done:/ },
  { key: 'kubeoc agent attach coder --print-url', shows: /http:\/\/127\.0\.0\.1:\d+\//, isEndless: true },
  { key: 'kubeoc crontask trigger nightly', shows: /nightly-\d+/ },
  { key: 'kubectl -n kubeopencode-system logs -f kubeopencode-check', shows: /ok +the API answers/ },
  { key: 'kubeoc lint -f docs/examples/3-agent.yaml -o sarif', shows: /"version": ?"2\.1\.0"/ },
  {
    key: 'kubeoc render -f docs/examples/3-agent.yaml -f docs/examples/4-task.yaml',
    shows: /kind: Deployment[^]*kind: Pod/,
  },
  {
    key: 'kubectl get task NAME -o jsonpath=\'{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}\'',
    shows: /^\w+=\w+ \w+: \w/m,
  },
  { key: "kubectl get secret developer-server-auth -o jsonpath='{.data.password}' | base64 -d", shows: /^\S{32,}$/ },
  {
    key: `kubectl get crontask nightly -o jsonpath='{.status.conditions[?(@.type=="Ready")]}'`,
    shows: /"status":"True"/,
  },
  {
    key: "kubectl get validatingwebhookconfiguration kubeopencode-validating -o jsonpath='{.webhooks[*].clientConfig.service}'",
    shows: /"name":"kubeopencode-webhook"/,
  },
  {
    key: "kubectl -n kubeopencode-system get secret kubeopencode-webhook-tls -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -dates",
    shows: /notAfter=/,
  },
  {
    key: 'kubectl auth can-i list tasks.kubeopencode.io --as=system:serviceaccount:kubeopencode-system:kubeopencode-controller',
    shows: /^yes$/m,
  },
  {
    key: "kubectl get crd tasks.kubeopencode.io -o jsonpath='{.spec.versions[0].selectableFields}'",
    shows: /"\.status\.phase"/,
  },
]
