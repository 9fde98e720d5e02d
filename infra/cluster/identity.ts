import type { Identity, IdentityOptions } from './endpoint.ts'
import { isKubeconfigMeant, readKubeconfig } from './kubeconfig.ts'
import { accountOfPod } from './pod.ts'

/**
 * Who kubectl would be: by the named file, by KUBECONFIG or ~/.kube/config, else by the Pod's account. client-node is loaded
 * only for a kubeconfig that is not read here, because it takes 60 MB and more; it also says what is wrong with one. Throws
 * a sentence.
 */
export const identify = async (asked: IdentityOptions = {}): Promise<Identity> =>
  (isKubeconfigMeant(asked) ? readKubeconfig(asked) : accountOfPod(asked)) ??
  (await import('./client-node.ts')).identityOf(asked)
