import type { AgentSpec } from '../crds/agent.ts'
import type { AgentTemplateSpec } from '../crds/agent-template.ts'
import { cleanPath } from '../crds/paths.ts'

/** How work is run: what an Agent and a template both can say. */
export type Profile = Partial<AgentTemplateSpec>

/** Every path below the workspace is compared with it, so it is written in one way. */
const withCleanWorkspace = ({ workspaceDir, ...profile }: Profile): Profile => ({
  ...profile,
  ...(workspaceDir !== undefined && { workspaceDir: cleanPath(workspaceDir) ?? workspaceDir }),
})

/** What a template says by itself. */
export const templateProfile = (template: AgentTemplateSpec): Profile => withCleanWorkspace(template)

/**
 * An Agent's settings over its template's: what the Agent sets wins whole, lists and objects too (an explicit `[]`
 * counts as set), the rest is the template's. A template has none of the fields that are always the Agent's own.
 */
export const mergeTemplate = (agent: AgentSpec, template: Profile | undefined): Profile =>
  withCleanWorkspace({ ...template, ...agent })
