import { describe, expect, test } from 'vitest'
import { fieldOf } from '../field-path.ts'
import type { ConfigNote } from './check.ts'
import { checkConfig, configFault } from './check.ts'

const told = (notes: readonly ConfigNote[]): string[] =>
  notes.map(({ path, message }) => `${fieldOf(path) || 'config'}: ${message}`)

const unknown = 'is not known to OpenCode and has no effect: check its spelling and its place'
const secret =
  'holds a secret in clear text: put it in a Secret, name that in spec.credentials with an env, and write {env:NAME} here'

const model = { limit: { context: 128_000, output: 4096 }, cost: { input: 1, output: 4 } }
const provider = (options: object) => ({ provider: { mock: { npm: '@ai-sdk/openai-compatible', options } } })
const mcp = (server: unknown) => ({ mcp: { a: server } })

interface Case {
  readonly name: string
  readonly config: unknown
  readonly faults?: readonly string[]
  readonly warnings?: readonly string[]
}

describe('what OpenCode starts with', () => {
  const cases: Case[] = [
    { name: 'nothing', config: {} },
    { name: 'a text', config: '{"model": "a/b"}' },
    { name: 'its own schema', config: { $schema: 'https://opencode.ai/config.json' } },
    { name: 'a model', config: { provider: { mock: { models: { m: model } } } } },
    { name: 'one permission for all', config: { permission: 'allow' } },
    {
      name: 'permissions',
      config: { permission: { edit: 'ask', bash: { 'git push *': 'deny', '*': 'allow' }, my_tool: 'ask' } },
    },
    {
      name: 'an MCP server of each kind',
      config: {
        mcp: {
          a: { type: 'local', command: ['x'] },
          b: { type: 'remote', url: 'u', oauth: false },
          c: { enabled: false },
        },
      },
    },
    { name: 'a plugin with options', config: { plugin: ['a', ['b', { c: 1 }]] } },
    { name: 'no timeout', config: provider({ timeout: false }) },
    { name: 'options of a provider of one’s own', config: provider({ anything: { at: ['all'] } }) },
    { name: 'a key that stands for none', config: provider({ apiKey: 'not-needed' }) },
    { name: 'a colour', config: { agent: { build: { color: '#00FF7f' }, mine: { color: 'accent' } } } },
    {
      name: 'an LSP server of each kind',
      config: { lsp: { a: { disabled: true }, b: { command: ['x'], disabled: false } } },
    },
    {
      name: 'variables in texts',
      config: { model: '{env:MODEL}', ...provider({ apiKey: '{env:KEY}', baseURL: '{file:~/url}' }) },
    },
    { name: 'a variable where one of a few words is wanted', config: { share: '{env:SHARE}' } },
    { name: 'a variable without quotes', config: '{"server": {"port": {env:PORT}}, "permission": {file:rules.json}}' },
  ]
  test.each(cases)('$name', ({ config }) => expect(checkConfig(config)).toEqual({ faults: [], warnings: [] }))
})

describe('what it does not start with', () => {
  const cases: Case[] = [
    { name: 'no JSON', config: '{', faults: ['config: must be a JSON object, such as {"model": "provider/model"}'] },
    { name: 'a list', config: [], faults: ['config: must be a JSON object, such as {"model": "provider/model"}'] },
    {
      name: 'a text for an object',
      config: { provider: { mock: { options: 'x' } } },
      faults: ['provider.mock.options: must be an object with fields, but is a text in quotes'],
    },
    { name: 'null', config: { model: null }, faults: ['model: must be a text in quotes, but is empty'] },
    {
      name: 'a word that is none of them',
      config: { share: 'all' },
      faults: ['share: must be one of manual, auto, disabled'],
    },
    {
      name: 'a type that its other rules do not fit',
      config: { permission: { todowrite: {} } },
      faults: ['permission.todowrite: must be a text in quotes, but is an object with fields'],
    },
    {
      name: 'a permission that is none',
      config: { permission: { bash: { rm: 'never' } } },
      faults: ['permission.bash.rm: must be one of ask, allow, deny'],
    },
    {
      name: 'a list of the wrong things',
      config: { instructions: ['a', 7] },
      faults: ['instructions[1]: must be a text in quotes, but is a number'],
    },
    {
      name: 'a number that is too small',
      config: { server: { port: 0 } },
      faults: ['server.port: must be greater than 0'],
    },
    {
      name: 'a model without a limit',
      config: { provider: { mock: { models: { m: { limit: { context: 1 } } } } } },
      faults: ['provider.mock.models.m.limit.output: is required'],
    },
    {
      name: 'a local MCP server without a command',
      config: mcp({ type: 'local' }),
      faults: ['mcp.a.command: is required'],
    },
    { name: 'a remote one without a URL', config: mcp({ type: 'remote' }), faults: ['mcp.a.url: is required'] },
    {
      name: 'one that does not say what it is',
      config: mcp({ url: 'https://x' }),
      faults: ['mcp.a.type: is required'],
    },
    {
      name: 'one of a kind there is not',
      config: mcp({ type: 'stdio' }),
      faults: ['mcp.a.type: must be one of local, remote'],
    },
    {
      name: 'a colour that is none',
      config: { agent: { build: { color: 'mauve' } } },
      faults: [
        'agent.build.color: must match #[0-9a-fA-F]{6} or primary or secondary or accent or success or warning or error or info',
      ],
    },
    {
      name: 'nesting beyond reason',
      config: `{"provider":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`,
      faults: ['config: must not be nested more than 100 levels deep'],
    },
  ]
  test.each(cases)('$name', ({ config, faults }) => expect(told(checkConfig(config).faults)).toEqual(faults))

  test('a thousand faults are not told all at once', () => {
    const { faults } = checkConfig({ instructions: Array.from({ length: 1000 }, () => 7) })
    expect(faults).toHaveLength(20)
  })
})

describe('what it starts with, but not as meant', () => {
  const cases: Case[] = [
    { name: 'a field it does not know', config: { modle: 'a/b' }, warnings: [`modle: ${unknown}`] },
    {
      name: 'one further in',
      config: { provider: { mock: { option: {} } } },
      warnings: [`provider.mock.option: ${unknown}`],
    },
    {
      name: 'one of one side of a union',
      config: mcp({ type: 'local', command: ['x'], url: 'u' }),
      warnings: [`mcp.a.url: ${unknown}`],
    },
    { name: 'a key', config: provider({ apiKey: 'sk-live-1' }), warnings: [`provider.mock.options.apiKey: ${secret}`] },
    {
      name: 'a header',
      config: mcp({ type: 'remote', url: 'u', headers: { Authorization: 'Bearer abc' } }),
      warnings: [`mcp.a.headers.Authorization: ${secret}`],
    },
    {
      name: 'a variable of a server',
      config: mcp({ type: 'local', command: ['x'], environment: { GITHUB_TOKEN: 'ghp' } }),
      warnings: [`mcp.a.environment.GITHUB_TOKEN: ${secret}`],
    },
    {
      name: 'a secret of OAuth',
      config: mcp({ type: 'remote', url: 'u', oauth: { clientSecret: 's' } }),
      warnings: [`mcp.a.oauth.clientSecret: ${secret}`],
    },
    {
      name: 'a password in a URL',
      config: provider({ baseURL: 'https://me:hush@llm.example.com/v1' }),
      warnings: [`provider.mock.options.baseURL: ${secret}`],
    },
    { name: 'a permission for a tool with such a name', config: { permission: { read_token: 'ask' } }, warnings: [] },
    {
      name: 'a variable in quotes where a number is wanted',
      config: { server: { port: '{env:PORT}' } },
      warnings: [
        'server.port: stays a text when its variable is filled in, but must be a whole number: write the value itself',
      ],
    },
  ]
  test.each(cases)('$name', ({ config, warnings }) => {
    const { faults, warnings: got } = checkConfig(config)
    expect(faults).toEqual([])
    expect(told(got)).toEqual(warnings)
  })

  test('no note says what a secret is', () => {
    const text = JSON.stringify([checkConfig(provider({ apiKey: 'sk-live-1', timeout: 'sk-live-1' }))])
    expect(text).not.toContain('sk-live-1')
  })
})

test('one sentence for a condition', () => {
  expect(configFault({ share: 1, model: 2 })).toBe(
    'spec.config.share: must be a text in quotes, but is a number; spec.config.model: must be a text in quotes, but is a number',
  )
  for (const config of [undefined, '', {}, '{}']) expect(configFault(config)).toBeUndefined()
})
