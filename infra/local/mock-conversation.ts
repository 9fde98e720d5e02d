/** The parts of an OpenAI chat request that the mock model looks at. */
export type ChatRequest = {
  readonly stream?: boolean
  readonly messages?: readonly ChatMessage[]
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[]
}

type ChatMessage = {
  readonly role: string
  readonly content?: string | readonly { readonly type?: string; readonly text?: string }[] | null
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[]
  readonly tool_call_id?: string
}

export type ToolResult = { readonly tool: string; readonly output: string }

/** A request as the model understands it: what was asked last, and what its tools have answered since. */
export type Conversation = {
  readonly prompt: string
  readonly tools: readonly string[]
  readonly results: readonly ToolResult[]
  readonly isTitleRequest: boolean
}

export type ToolCall = { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }

/** What the model does next: it fails, it calls a tool (after a word about it), or it answers. */
export type Move =
  | { readonly type: 'fail'; readonly status: number }
  | { readonly type: 'call'; readonly say?: string; readonly call: ToolCall }
  | { readonly type: 'answer'; readonly text: string; readonly secondsPerWord?: number }

const textOf = ({ content }: ChatMessage): string => {
  if (typeof content === 'string') return content
  return (content ?? []).map((part) => part.text ?? '').join('')
}

export const conversation = (request: ChatRequest): Conversation => {
  const messages = request.messages ?? []
  const tools = (request.tools ?? []).flatMap((tool) => tool.function?.name ?? [])
  const lastUser = messages.findLastIndex((message) => message.role === 'user')
  const since = messages.slice(lastUser + 1)
  const names = new Map(
    since.flatMap((message) => message.tool_calls ?? []).map((call) => [call.id, call.function.name]),
  )
  const prompts = messages.filter((message) => message.role === 'user')
  const system = messages.filter((message) => message.role === 'system').map(textOf)
  const isTitleRequest = tools.length === 0 && system.some((text) => /title generator/i.test(text))
  return {
    // A title request puts its own instruction first and the user's words last.
    prompt: prompts.length > 0 ? textOf(prompts.at(-1) ?? { role: 'user' }) : '',
    tools,
    results: since
      .filter((message) => message.role === 'tool')
      .map((message) => ({ tool: names.get(message.tool_call_id ?? '') ?? '', output: textOf(message) })),
    isTitleRequest,
  }
}
