/** Which model the agent thinks with: the demo's own mock, or a real one whose key is in the environment. */

export type Provider =
  | { readonly kind: 'mock' }
  | {
      readonly kind: 'real'
      /** Variable with the key; OpenCode knows it by this name. */
      readonly variable: string
      readonly key: string
      /** As OpenCode writes it: provider/model. */
      readonly model: string
    }

/** The job is small, so a small model of each provider does it well, for about a cent. */
const known = [
  { variable: 'ANTHROPIC_API_KEY', model: 'anthropic/claude-haiku-4-5' },
  { variable: 'OPENAI_API_KEY', model: 'openai/gpt-5-mini' },
  { variable: 'OPENCODE_API_KEY', model: 'opencode/claude-haiku-4-5' },
] as const

export const providerVariables: readonly string[] = known.map(({ variable }) => variable)

const providerOf = (model: string): string => model.slice(0, model.indexOf('/'))

/** The first key found counts, unless `model` names another provider. Throws a sentence when the key of `model` is missing. */
export const chooseProvider = (
  env: Readonly<Record<string, string | undefined>>,
  wanted: { readonly model?: string | undefined; readonly mock?: boolean | undefined },
): Provider => {
  if (wanted.mock) return { kind: 'mock' }
  const { model } = wanted
  const fitting = known.filter((candidate) => model === undefined || providerOf(candidate.model) === providerOf(model))
  if (model !== undefined && fitting.length === 0)
    throw new Error(
      `The demo has no provider for --model ${model}; name a model of ${known.map((one) => providerOf(one.model)).join(', ')}, such as ${known[0].model}.`,
    )
  for (const candidate of fitting) {
    const key = env[candidate.variable]
    if (key) return { kind: 'real', variable: candidate.variable, key, model: model ?? candidate.model }
  }
  if (model !== undefined)
    throw new Error(`--model ${model} needs a key; set ${fitting.map(({ variable }) => variable).join(' or ')}.`)
  return { kind: 'mock' }
}

/** OpenCode's configuration for a real model. */
export const realConfig = (model: string): object => ({
  model,
  small_model: model,
  autoupdate: false,
  share: 'disabled',
  enabled_providers: [providerOf(model)],
})
