import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkConfig } from '../../shared/opencode-config/check.ts'
import { binary, environment, fetchSchemas } from './fetch.ts'

let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kubeopencode-config-'))
})

afterAll(() => rm(home, { recursive: true, force: true }))

test('the checked-in schema is what the pinned OpenCode serves', async () => {
  const stored = JSON.parse(await readFile(join(import.meta.dirname, 'schema.json'), 'utf8')) as { schemas: unknown }
  expect(stored.schemas).toEqual(await fetchSchemas())
})

/** Whether OpenCode itself takes `config`. */
const isTaken = async (config: string): Promise<boolean> => {
  const file = join(home, 'opencode.json')
  await writeFile(file, config)
  const env = { ...environment(home), OPENCODE_CONFIG: file, PORT: '4096', SHARE: 'manual' }
  return new Promise((resolve) => {
    execFile(binary, ['debug', 'config'], { cwd: home, env, timeout: 300_000 }, (error) => resolve(error === null))
  })
}

describe('our word on a configuration is OpenCode’s own', () => {
  const cases: { name: string; config: string; isGood: boolean }[] = [
    { name: 'a field it does not know', config: '{"modle": "a/b"}', isGood: true },
    { name: 'a variable without quotes', config: '{"server": {"port": {env:PORT}}}', isGood: true },
    { name: 'a permission that is none', config: '{"permission": {"bash": {"rm": "never"}}}', isGood: false },
    { name: 'an MCP server without a command', config: '{"mcp": {"a": {"type": "local"}}}', isGood: false },
  ]
  test.each(cases)('$name', async ({ config, isGood }) => {
    expect(checkConfig(config).faults.length === 0).toBe(isGood)
    expect(await isTaken(config)).toBe(isGood)
  })
})
