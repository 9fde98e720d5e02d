import * as z from 'zod'
import { executionShape } from './execution.ts'
import type { Kind } from './kind.ts'
import { age, nameLimit, objectOf } from './kind.ts'
import { Conditions, ObservedGeneration } from './metadata.ts'
import { WorkspaceDir } from './paths.ts'
import { withRules } from './rules.ts'
import { Count, ObjectName } from './scalars.ts'

export const AgentTemplateSpec = z.object({
  ...executionShape,
  workspaceDir: WorkspaceDir.describe('Absolute path the agent works in, such as /workspace.'),
  serviceAccountName: ObjectName.describe('ServiceAccount of the Pods.'),
})
export type AgentTemplateSpec = z.infer<typeof AgentTemplateSpec>

export const AgentTemplateStatus = z.object({
  observedGeneration: ObservedGeneration.exactOptional(),
  agents: Count.exactOptional().describe('How many Agents use the template.'),
  conditions: Conditions.exactOptional(),
})
export type AgentTemplateStatus = z.infer<typeof AgentTemplateStatus>

export const AgentTemplate = withRules(
  objectOf(
    'AgentTemplate',
    AgentTemplateSpec.describe('What Agents and Tasks that use the template start from.'),
    AgentTemplateStatus.describe('What is known of the template.'),
  ),
  nameLimit(63, 'it becomes the value of the label kubeopencode.io/agent-template'),
)
export type AgentTemplate = z.infer<typeof AgentTemplate>

export const AgentTemplateKind = {
  kind: 'AgentTemplate',
  plural: 'agenttemplates',
  singular: 'agenttemplate',
  shortNames: ['agt'],
  categories: ['kubeopencode', 'all'],
  scope: 'Namespaced',
  description: 'Settings that Agents share, and the blueprint of Tasks that run without an Agent.',
  columns: [
    {
      name: 'Image',
      type: 'string',
      jsonPath: '.spec.executorImage',
      description: 'Image the agent works in.',
      wide: true,
    },
    { name: 'WorkspaceDir', type: 'string', jsonPath: '.spec.workspaceDir', description: 'Where the agent works.' },
    {
      name: 'ServiceAccount',
      type: 'string',
      jsonPath: '.spec.serviceAccountName',
      description: 'ServiceAccount of the Pods.',
    },
    { name: 'Agents', type: 'integer', jsonPath: '.status.agents', description: 'Agents that use the template.' },
    age,
  ],
  selectableFields: [],
  object: AgentTemplate,
} as const satisfies Kind
