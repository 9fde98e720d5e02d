import type { KubeObject } from '../../shared/kubernetes.ts'
import { mutatingConfiguration, validatingConfiguration } from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import type { InstallOptions } from './options.ts'
import { WEBHOOK_SERVICE } from './installation.ts'

/** What the apiserver is told of the webhooks. Their CA is written later, by the controller or by cert-manager. */
export const webhooks = ({ namespace, labels, certificates: { annotations } }: InstallOptions): KubeObject[] => {
  const options = { reach: { service: { namespace, name: WEBHOOK_SERVICE } }, labels }
  return [mutatingConfiguration(hooks, options), validatingConfiguration(hooks, options)].map((configuration) => ({
    ...configuration,
    metadata: { ...configuration.metadata, ...(annotations && { annotations }) },
  }))
}
