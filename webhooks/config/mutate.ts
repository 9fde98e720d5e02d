import { KubeOpenCodeConfigKind } from '../../crds/config.ts'
import { DEFAULT_CLUSTER_DOMAIN } from '../../crds/names.ts'
import { withNoProxy, withOwnLabels } from '../defaults.ts'
import { mutate } from '../mutate.ts'

export const mutateConfig = mutate(KubeOpenCodeConfigKind, (config) =>
  withOwnLabels(
    config.spec
      ? { ...config, spec: withNoProxy(config.spec, config.spec.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN) }
      : config,
    {},
  ),
)
