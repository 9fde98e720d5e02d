import { describe, expect, test } from 'vitest'
import { chooseProvider } from './provider.ts'

const anthropic = { kind: 'real', variable: 'ANTHROPIC_API_KEY', key: 'a', model: 'anthropic/claude-haiku-4-5' }
const openai = { kind: 'real', variable: 'OPENAI_API_KEY', key: 'o', model: 'openai/gpt-5-mini' }

describe('the model of the demo', () => {
  test.each([
    { name: 'no key: the mock', env: {}, wanted: {}, want: { kind: 'mock' } },
    { name: 'an empty key is no key', env: { OPENAI_API_KEY: '' }, wanted: {}, want: { kind: 'mock' } },
    { name: 'one key', env: { OPENAI_API_KEY: 'o' }, wanted: {}, want: openai },
    { name: 'several keys', env: { OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a' }, wanted: {}, want: anthropic },
    { name: '--mock', env: { OPENAI_API_KEY: 'o' }, wanted: { mock: true }, want: { kind: 'mock' } },
    {
      name: '--model chooses the provider',
      env: { OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a' },
      wanted: { model: 'openai/gpt-5.5' },
      want: { ...openai, model: 'openai/gpt-5.5' },
    },
  ])('$name', ({ env, wanted, want }) => expect(chooseProvider(env, wanted)).toEqual(want))

  test.each([
    { wanted: { model: 'anthropic/claude-haiku-4-5' }, says: /needs a key; set ANTHROPIC_API_KEY/ },
    { wanted: { model: 'nobody/m' }, says: /no provider for --model nobody\/m; name a model of anthropic/ },
    { wanted: { model: 'gpt' }, says: /no provider for --model gpt/ },
  ])('$wanted.model without its key', ({ wanted, says }) => expect(() => chooseProvider({}, wanted)).toThrow(says))
})
