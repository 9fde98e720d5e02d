import { identify } from '../cluster/identity.ts'
import { createCluster, type Connection } from '../cluster/rest.ts'
import { connect } from '../cluster/undici.ts'
import { run } from '../local/run.ts'
import type { Cluster } from '../../shared/ports.ts'

/** Which cluster is meant; as kubectl does where neither is set. */
export type Where = {
  readonly kubeconfig?: string
  readonly context?: string
}

/** A cluster, and the programs that speak with it. */
export type Access = Where & {
  readonly kubectl: string
  readonly helm: string
}

export const kubectlFlags = ({ kubeconfig, context }: Access): string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--context', context]),
]

export const helmFlags = ({ kubeconfig, context }: Access): string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--kube-context', context]),
]

/** Runs kubectl to its end and gives what it printed. */
export const kubectl = (access: Access, args: readonly string[], input?: string): Promise<string> =>
  run(access.kubectl, [...kubectlFlags(access), ...args], input === undefined ? {} : { input })

/** Server-side apply, so that no copy of a Secret ends up in an annotation. */
export const applyObjects = async (access: Access, objects: readonly object[]): Promise<void> => {
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  await kubectl(
    access,
    ['apply', '--server-side', '--force-conflicts', '--field-manager=kubeopencode-demo', '-f', '-'],
    text,
  )
}

/** The same cluster for reading, without starting a program for each look. */
export const openAccess = async ({
  kubeconfig,
  context,
}: Where): Promise<{ readonly cluster: Cluster; readonly connection: Connection }> => {
  const identity = await identify({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  })
  const connection = connect(identity, 'kubeopencode-demo')
  return { cluster: createCluster(connection), connection }
}
