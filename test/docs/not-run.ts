import { commandsOf } from './shell.ts'
import type { Statement } from './statements.ts'

/** Programs that need what a test does not have: no statement with them is run. */
export const programsNotRun: Readonly<Record<string, string>> = {
  aws: 'needs an account of AWS; infra/lambda/stack/stack.test.ts judges the stack, test/runtimes runs what is in it',
  cosign: 'needs a published release; infra/release/publish.test.ts sees what is signed, with a stand-in for cosign',
  gh: 'needs a published release',
  git: 'needs a published release',
  npm: 'builds, tests or serves this project: the scripts and their options are judged by test/docs/docs.test.ts',
  npx: 'wrangler and aws-cdk need an account; test/runtimes runs what they would deploy',
  skopeo: 'needs a registry',
}

/** Statements by themselves, each as it stands on the page. */
export const statementsNotRun: readonly { readonly because: string; readonly keys: readonly string[] }[] = [
  {
    because: 'test/e2e/global-setup.ts has installed the chart',
    keys: [
      'helm install kubeopencode infra/helm/kubeopencode --namespace kubeopencode-system --create-namespace',
      'helm install kubeopencode infra/helm/kubeopencode --namespace kubeopencode-system --create-namespace --wait',
    ],
  },
  {
    because: 'takes the installation from Helm; infra/generate/install.apiserver.test.ts applies these manifests',
    keys: ['kubectl apply --server-side -k infra/manifests'],
  },
  {
    because: 'all files of this layer share the installation; test/e2e/upgrade.e2e.test.ts uninstalls it',
    keys: ['helm uninstall kubeopencode --namespace kubeopencode-system'],
  },
  {
    because: 'all files of this layer share the installation, and what it holds would go with these',
    keys: [
      "kubectl get crds -o name | grep '\\.kubeopencode\\.io$' | xargs kubectl delete",
      'kubectl delete namespace kubeopencode-system',
    ],
  },
  {
    because: 'takes the webhooks away, which others need meanwhile; test/e2e/resilience.e2e.test.ts deletes them',
    keys: [
      'kubectl delete mutatingwebhookconfiguration kubeopencode-mutating',
      'kubectl delete validatingwebhookconfiguration kubeopencode-validating',
    ],
  },
  {
    because: "opens OpenCode's own screen; test/e2e/kubeoc.e2e.test.ts sits at it",
    keys: ['kubeoc agent attach developer', 'kubeoc agent attach coder', 'kubeoc agent attach coder -- --continue'],
  },
  {
    because: 'needs kinds of cert-manager or of the Prometheus operator',
    keys: ['kubectl -n kubeopencode-system get certificate', 'kubectl -n kubeopencode-system get servicemonitor'],
  },
  {
    because: 'needs a metrics-server',
    keys: ['kubectl -n kubeopencode-system top pod -l app.kubernetes.io/component=controller'],
  },
  {
    because:
      'needs files of a published release; infra/release/commands.test.ts makes such files and checks their sums',
    keys: ['sha256sum --check SHA256SUMS', 'diff dist/release/SHA256SUMS ../SHA256SUMS'],
  },
]

/** Why a statement is not run; undefined where it is. */
export const reasonNotToRun = ({ key, text }: Statement): string | undefined => {
  const programs = commandsOf(`${text}\n`).map(({ words }) => words[0] ?? '')
  const program = programs.find((name) => name in programsNotRun)
  return program === undefined
    ? statementsNotRun.find(({ keys }) => keys.includes(key))?.because
    : programsNotRun[program]
}
