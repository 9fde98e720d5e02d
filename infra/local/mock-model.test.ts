import { describe, expect, test } from 'vitest'
import { demoPrompt } from './demo-job.ts'
import type { Move } from './mock-conversation.ts'
import { createMockModel } from './mock-model.ts'

type Message = { role: string; content?: string; tool_calls?: object[]; tool_call_id?: string }
const tools = ['bash', 'edit', 'glob', 'read', 'write'].map((name) => ({ type: 'function', function: { name } }))
const brokenOutput = '# tests 3\n# pass 1\n# fail 2\n'
const passingOutput = '# tests 3\n# pass 3\n# fail 0\n'

const ask = async (messages: Message[], more: object = {}): Promise<{ status: number; text: string }> => {
  const response = await createMockModel().request('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'mock-1', messages, tools, ...more }),
  })
  return { status: response.status, text: await response.text() }
}
const prompt = (content: string): Message[] => [{ role: 'user', content }]

describe('markers', () => {
  test.each([400, 401, 429, 500, 503])('[[fail:%i]]', async (status) => {
    const answer = await ask(prompt(`please [[fail:${status}]]`))
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.stringContaining(String(status)) } })
  })

  test('[[echo]] gives back every character', async () => {
    const words = '  --x "y"\n\n\tz [[echo]] \u{1F375}  '
    const { text } = await ask(prompt(words))
    expect(JSON.parse(text).choices[0].message.content).toBe(words)
  })

  test('[[bash:…]] calls the tool once and reports', async () => {
    const first = JSON.parse((await ask(prompt('[[bash:ls -l]]'))).text).choices[0]
    expect(first.finish_reason).toBe('tool_calls')
    const [call] = first.message.tool_calls
    expect(JSON.parse(call.function.arguments)).toMatchObject({ command: 'ls -l' })
    const then = await ask([
      ...prompt('[[bash:ls -l]]'),
      { role: 'assistant', content: '', tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: 'total 0' },
    ])
    expect(JSON.parse(then.text).choices[0].message.content).toContain('total 0')
  })

  test('a title call is answered and never fails', async () => {
    const answer = await ask([{ role: 'system', content: 'You are a title generator.' }, ...prompt('[[fail:401]] x')], {
      tools: [],
    })
    expect(answer.status).toBe(200)
  })
})

describe('the wire', () => {
  test('streams chunks, usage in the last one, and [DONE]', async () => {
    const { text } = await ask(prompt('hello'), { stream: true })
    const events = text
      .trim()
      .split('\n\n')
      .map((line) => line.replace(/^data: /, ''))
    expect(events.at(-1)).toBe('[DONE]')
    const chunks = events.slice(0, -1).map((line) => JSON.parse(line))
    const words = chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')
    expect(words).toContain('hello'.length.toString())
    const { usage, choices } = chunks.at(-1)
    expect(choices[0].finish_reason).toBe('stop')
    expect(usage.completion_tokens).toBe(Math.ceil(words.length / 4))
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
  })

  test('a body that is no JSON is refused', async () => {
    const response = await createMockModel().request('/v1/chat/completions', { method: 'POST', body: '{' })
    expect(response.status).toBe(400)
  })

  test('models and health', async () => {
    const app = createMockModel()
    expect(await (await app.request('/v1/models')).json()).toMatchObject({ data: [{ id: 'mock-1' }] })
    expect((await app.request('/healthz')).status).toBe(200)
  })
})

describe('the demo job', () => {
  /** Plays the agent: answers each tool call with the next output. */
  const play = async (outputs: readonly string[]): Promise<{ tools: string[]; last: string }> => {
    const messages = prompt(demoPrompt)
    const called: string[] = []
    for (const output of [...outputs, '']) {
      const { message } = JSON.parse((await ask(messages)).text).choices[0]
      const [call] = message.tool_calls ?? []
      if (!call) return { tools: called, last: message.content }
      called.push(call.function.name)
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: output })
    }
    throw new Error('the job does not end')
  }
  const found = '/workspace/tea-timer/format-time.js'

  const cases = [
    {
      name: 'finds, sees, reads, fixes, proves',
      outputs: [found, brokenOutput, 'code', 'ok', passingOutput, '1 file'],
      tools: ['glob', 'bash', 'read', 'edit', 'bash', 'bash'],
      last: /^Done/,
    },
    {
      name: 'changes nothing when the tests pass',
      outputs: [found, passingOutput],
      tools: ['glob', 'bash'],
      last: /pass already/,
    },
    { name: 'says when there is no such code', outputs: ['No files found'], tools: ['glob'], last: /did not find/ },
    {
      name: 'says when the fix did not help',
      outputs: [found, brokenOutput, 'code', 'ok', brokenOutput],
      tools: ['glob', 'bash', 'read', 'edit', 'bash'],
      last: /still fail/,
    },
  ]
  test.each(cases)('$name', async ({ outputs, tools: want, last }) => {
    const played = await play(outputs)
    expect(played.tools).toEqual(want)
    expect(played.last).toMatch(last)
  })
})

test('every move is reported', async () => {
  const moves: Move['type'][] = []
  const app = createMockModel({ onMove: (move) => moves.push(move.type) })
  await app.request('/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({ messages: prompt('[[fail:500]]') }),
  })
  expect(moves).toEqual(['fail'])
})
