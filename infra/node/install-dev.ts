import {
  mutatingConfiguration,
  mutatingName,
  validatingConfiguration,
  validatingName,
} from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { Cluster } from '../../shared/ports.ts'
import { clock } from '../clock.ts'

const establishedSeconds = 120

/** CRDs and the project's namespace, applied; waits until the apiserver serves every kind. */
export const installKinds = async (cluster: Cluster): Promise<void> => {
  await Promise.all(kinds.map((kind) => cluster.apply(customResourceDefinition(kind))))
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } })
  const deadline = performance.now() + establishedSeconds * 1000
  for (const { kind } of kinds) {
    for (;;) {
      try {
        await cluster.list(kind, { limit: 1 })
        break
      } catch (error) {
        if (performance.now() > deadline)
          throw new Error(`the apiserver does not serve ${kind}: ${sentenceOf(error)}`, { cause: error })
        await clock.sleep(100)
      }
    }
  }
}

/** Tells the apiserver to call this process. */
export const registerWebhooks = async (cluster: Cluster, url: string, caBundle: string): Promise<void> => {
  const options = { reach: { url }, caBundle }
  await cluster.apply(mutatingConfiguration(hooks, options))
  await cluster.apply(validatingConfiguration(hooks, options))
}

/** So that nothing is refused for want of a process that has ended. */
export const unregisterWebhooks = async (cluster: Cluster): Promise<void> => {
  for (const ref of [
    { kind: 'MutatingWebhookConfiguration', name: mutatingName },
    { kind: 'ValidatingWebhookConfiguration', name: validatingName },
  ] as const) {
    const found = await cluster.get(ref)
    if (found) await cluster.remove(ref, found.metadata?.uid ?? '')
  }
}
