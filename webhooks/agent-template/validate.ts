import { AgentTemplateKind } from '../../crds/agent-template.ts'
import { explainConfig } from '../config-notes.ts'
import { executionFindings } from '../execution.ts'
import { validate } from '../validate.ts'

export const validateAgentTemplate = validate(
  AgentTemplateKind,
  (template) => executionFindings(template.spec),
  explainConfig,
)
