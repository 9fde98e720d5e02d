import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import { KubeOpenCodeConfigSpec } from '../../crds/config.ts'

/** The configuration of the cluster, with a cleanup. */
export const config = (
  cleanup: KubeOpenCodeConfig['spec']['cleanup'],
  observedGeneration?: number,
): KubeOpenCodeConfig => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'KubeOpenCodeConfig',
  metadata: { name: 'cluster', uid: 'config-uid-1', resourceVersion: '1', generation: 1 },
  spec: { ...KubeOpenCodeConfigSpec.parse({}), ...(cleanup && { cleanup }) },
  ...(observedGeneration !== undefined && { status: { observedGeneration } }),
})
