import { AgentTemplateKind } from '../../crds/agent-template.ts'
import { DEFAULT_CLUSTER_DOMAIN } from '../../crds/names.ts'
import { withCaKeys, withContextTypes, withNoProxy, withOwnLabels } from '../defaults.ts'
import { mutate } from '../mutate.ts'

export const mutateAgentTemplate = mutate(AgentTemplateKind, (template) =>
  withOwnLabels(
    { ...template, spec: withNoProxy(withCaKeys(withContextTypes(template.spec)), DEFAULT_CLUSTER_DOMAIN) },
    {},
  ),
)
