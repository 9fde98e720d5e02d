/**
 * A model provider without a key: an OpenAI-compatible server that makes the real OpenCode do real work.
 *
 * It keeps no state. Everything is decided from the conversation in the request, so any number of sessions, retries
 * and restarts give the same answers.
 *
 * Markers in the prompt choose the behaviour (the first match in the last user message counts):
 *
 * | marker             | behaviour                                                                            |
 * |--------------------|--------------------------------------------------------------------------------------|
 * | `[[fail:401]]`     | answers with that HTTP status (400 to 599) and an OpenAI error body                   |
 * | `[[slow:30]]`      | streams one word a second for that many seconds                                       |
 * | `[[bash:COMMAND]]` | runs COMMAND with the bash tool, then reports its output                              |
 * | `[[question:TEXT]]`| asks the person TEXT with the choices main and next, then reports the answer          |
 * | `[[permission]]`   | writes a file outside the workspace, which OpenCode asks about unless told otherwise  |
 * | `[[echo]]`         | answers with the prompt, character for character                                      |
 * | `tea-timer`        | the demo job (see demo-job.ts): finds the bug, fixes it, runs the tests, reports      |
 * | none               | answers with a sentence about the prompt                                              |
 */
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { conversation, type ChatRequest, type Conversation, type Move, type ToolCall } from './mock-conversation.ts'
import { demoStep } from './demo-job.ts'

export const mockModelName = 'mock-1'

const answer = (text: string): Move => ({ type: 'answer', text })

const callOnce = (talk: Conversation, say: string, call: ToolCall): Move => {
  const [result] = talk.results
  return result === undefined
    ? { type: 'call', say, call }
    : answer(`The ${call.tool} tool answered:\n${result.output}`)
}

/** Pure: the same conversation always leads to the same move. */
export const nextMove = (talk: Conversation): Move => {
  // OpenCode asks for a title in a call of its own; a marker in the prompt is meant for the work, not for the title.
  if (talk.isTitleRequest) return answer(talk.prompt.replace(/\s+/g, ' ').trim().slice(0, 50) || 'A new session')

  const fail = /\[\[fail:([45]\d\d)\]\]/.exec(talk.prompt)
  if (fail) return { type: 'fail', status: Number(fail[1]) }

  const slow = /\[\[slow:(\d{1,4})\]\]/.exec(talk.prompt)
  if (slow) {
    const words = Array.from({ length: Math.max(1, Number(slow[1])) }, (_, second) => `second ${second + 1}`)
    return { type: 'answer', text: words.map((word) => word.replace(' ', '-')).join(' '), secondsPerWord: 1 }
  }

  if (talk.prompt.includes('[[echo]]')) return answer(talk.prompt)

  if (talk.tools.length > 0) {
    const bash = /\[\[bash:([\s\S]+?)\]\]/.exec(talk.prompt)
    if (bash?.[1])
      return callOnce(talk, 'I run the command.', {
        tool: 'bash',
        input: { command: bash[1], description: 'Runs the command of the prompt' },
      })
    const question = /\[\[question:([^\]]+)\]\]/.exec(talk.prompt)
    if (question?.[1])
      return callOnce(talk, 'I ask the person.', {
        tool: 'question',
        input: {
          questions: [
            {
              question: question[1],
              header: 'A question',
              options: ['main', 'next'].map((label) => ({ label, description: `The choice ${label}` })),
            },
          ],
        },
      })
    if (talk.prompt.includes('[[permission]]'))
      return callOnce(talk, 'I write a file outside the workspace.', {
        tool: 'write',
        input: { filePath: '/tmp/kubeopencode-mock/outside-the-workspace.txt', content: 'written by the mock model\n' },
      })
    if (talk.prompt.includes('tea-timer')) return demoStep(talk.results)
  }
  return answer(`This is the mock model. Your prompt has ${talk.prompt.length} characters, and nothing is left to do.`)
}

// Four characters are about one token; good enough to show real proportions.
const tokensOf = (text: string): number => Math.ceil(text.length / 4)

const textOf = (move: Move): string => {
  if (move.type === 'answer') return move.text
  return move.type === 'call' ? (move.say ?? '') : ''
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

export type MockModelOptions = {
  /** Pause between two words, so that a demo looks like a model at work. Tests leave it at 0. */
  readonly wordDelayMs?: number
  /** Called once per completion request, with what the model decided. */
  readonly onMove?: (move: Move, talk: Conversation) => void
}

const failure = (status: number): { error: { message: string; type: string; code: string } } => ({
  error: {
    message: `The mock model fails with ${status}, as the prompt asks.`,
    type: status === 401 ? 'invalid_request_error' : status === 429 ? 'rate_limit_error' : 'server_error',
    code: status === 401 ? 'invalid_api_key' : status === 429 ? 'rate_limit_exceeded' : 'server_error',
  },
})

/** The server as a Hono app: POST /v1/chat/completions, GET /v1/models, GET /healthz. */
export const createMockModel = ({ wordDelayMs = 0, onMove }: MockModelOptions = {}): Hono => {
  const app = new Hono()

  app.get('/healthz', (context) => context.text('ok\n'))

  app.get('/v1/models', (context) =>
    context.json({
      object: 'list',
      data: [{ id: mockModelName, object: 'model', created: 0, owned_by: 'kubeopencode' }],
    }),
  )

  app.post('/v1/chat/completions', async (context) => {
    const body = await context.req.text()
    let request: ChatRequest
    try {
      request = JSON.parse(body) as ChatRequest
    } catch {
      return context.json({ error: { message: 'The request body is not JSON.', type: 'invalid_request_error' } }, 400)
    }
    const talk = conversation(request)
    const move = nextMove(talk)
    onMove?.(move, talk)
    if (move.type === 'fail')
      return new Response(JSON.stringify(failure(move.status)), {
        status: move.status,
        headers: { 'content-type': 'application/json' },
      })

    const text = textOf(move)
    const args = move.type === 'call' ? JSON.stringify(move.call.input) : ''
    const promptTokens = tokensOf(body)
    const completionTokens = tokensOf(text + args)
    const usage = {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    }
    const id = `chatcmpl-${talk.results.length}-${promptTokens}`
    const call = move.type === 'call' && {
      index: 0,
      // Unique within its conversation is all a call id must be.
      id: `call_${talk.results.length + 1}`,
      type: 'function',
      function: { name: move.call.tool, arguments: args },
    }
    const finish = call ? 'tool_calls' : 'stop'

    if (request.stream !== true) {
      const message = { role: 'assistant', content: text, ...(call && { tool_calls: [call] }) }
      return context.json({
        id,
        object: 'chat.completion',
        created: 0,
        model: mockModelName,
        choices: [{ index: 0, message, finish_reason: finish }],
        usage,
      })
    }

    return streamSSE(context, async (stream) => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      const send = (delta: object, finishReason: string | null = null, withUsage = false): Promise<void> =>
        stream.writeSSE({
          data: JSON.stringify({
            id,
            object: 'chat.completion.chunk',
            created: 0,
            model: mockModelName,
            choices: [{ index: 0, delta, finish_reason: finishReason }],
            ...(withUsage && { usage }),
          }),
        })
      const pauseMs = move.type === 'answer' && move.secondsPerWord ? move.secondsPerWord * 1000 : wordDelayMs

      await send({ role: 'assistant', content: '' })
      for (const word of text.match(/\s*\S+\s*?|\s+/g) ?? []) {
        if (gone.signal.aborted) return
        await send({ content: word })
        if (pauseMs > 0) await wait(pauseMs, gone.signal)
      }
      if (call) await send({ tool_calls: [call] })
      await send({}, finish, true)
      await stream.writeSSE({ data: '[DONE]' })
    })
  })

  return app
}

/** The OpenCode configuration that uses a mock model at `baseUrl` (such as `http://127.0.0.1:8080/v1`) and nothing else. */
export const mockModelConfig = (baseUrl: string): Record<string, unknown> => ({
  $schema: 'https://opencode.ai/config.json',
  model: `mock/${mockModelName}`,
  small_model: `mock/${mockModelName}`,
  autoupdate: false,
  share: 'disabled',
  enabled_providers: ['mock'],
  provider: {
    mock: {
      name: 'Mock',
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: baseUrl, apiKey: 'not-needed' },
      models: {
        [mockModelName]: {
          name: 'Mock model',
          tool_call: true,
          limit: { context: 128_000, output: 4096 },
          // Dollars per million tokens, so that a demo shows a cost.
          cost: { input: 1, output: 4 },
        },
      },
    },
  },
})
