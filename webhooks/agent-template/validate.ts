import { AgentTemplateKind } from '../../crds/agent-template.ts'
import { executionFindings, explainConfig } from '../execution.ts'
import { validate } from '../validate.ts'

export const validateAgentTemplate = validate(
  AgentTemplateKind,
  (template) => executionFindings(template.spec),
  explainConfig,
)
