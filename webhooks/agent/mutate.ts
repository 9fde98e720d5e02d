import { AgentKind } from '../../crds/agent.ts'
import { annotations, DEFAULT_CLUSTER_DOMAIN, labels } from '../../crds/names.ts'
import { withCaKeys, withContextTypes, withNoProxy, withOwnLabels } from '../defaults.ts'
import { mutate } from '../mutate.ts'

export const mutateAgent = mutate(AgentKind, (agent) => {
  const spec = withNoProxy(withCaKeys(withContextTypes(agent.spec)), DEFAULT_CLUSTER_DOMAIN)
  const stamped = withOwnLabels({ ...agent, spec }, { [labels.agentTemplate]: spec.templateRef?.name })
  // Who resumes an Agent ends standby's suspension; the next one is a person's unless standby says so again.
  const { [annotations.suspendedBy]: suspendedBy, ...others } = stamped.metadata.annotations ?? {}
  if (spec.suspend === true || suspendedBy === undefined) return stamped
  return { ...stamped, metadata: { ...stamped.metadata, annotations: others } }
})
