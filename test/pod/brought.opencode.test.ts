import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configText } from '../../functions/workload/opencode-config.ts'
import { opencodeBinary } from './opencode.ts'
import { selfSigned } from './self-signed.ts'

const run = promisify(execFile)
const git = { repository: 'https://git.example.com/s.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }

let folder: string
let env: Record<string, string>

/** Skills and a plugin as a Pod has them, below a folder instead of the root. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brought-'))
  const skill = join(folder, 'skills/team/review')
  const plugin = join(folder, 'plugins/node_modules/@team/audit')
  for (const directory of [skill, plugin, join(folder, 'home'), join(folder, 'workspace')])
    await mkdir(directory, { recursive: true })
  await writeFile(join(skill, 'SKILL.md'), '---\nname: review\ndescription: Reviews code.\n---\nLook closely.\n')
  await writeFile(
    join(plugin, 'package.json'),
    '{"name":"@team/audit","version":"1.2.3","type":"module","main":"index.js"}',
  )
  const mark = JSON.stringify(join(folder, 'loaded'))
  await writeFile(
    join(plugin, 'index.js'),
    `import { writeFileSync } from 'node:fs'\nexport const Audit = async (_input, options) => { writeFileSync(${mark}, JSON.stringify(options)); return {} }\n`,
  )
  const text = configText({
    config: '{"instructions":["own.md"],"autoupdate":false}',
    skills: [{ name: 'team', git }],
    plugins: [{ name: '@team/audit@1.2.3', target: 'server', options: { level: 'strict' } }],
  })
  const config = join(folder, 'opencode.json')
  await writeFile(
    config,
    (text ?? '').replace('file:///plugins', `file://${folder}/plugins`).replace('"/skills', `"${folder}/skills`),
  )
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    OPENCODE_CONFIG: config,
    OPENCODE_CONFIG_CONTENT: '{"instructions":[".kubeopencode/context.md"]}',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const openCode = async (args: string[], more: Record<string, string> = {}): Promise<string> =>
  (await run(opencodeBinary, args, { cwd: join(folder, 'workspace'), env: { ...env, ...more }, maxBuffer: 10_000_000 }))
    .stdout

test('OpenCode reads its own instructions and the joined contexts', async () => {
  const config = JSON.parse(await openCode(['debug', 'config'])) as { instructions: string[] }
  expect(config.instructions).toEqual(['own.md', '.kubeopencode/context.md'])
})

test('OpenCode finds the skill, and loads the plugin with its options', async () => {
  const skills = JSON.parse(await openCode(['debug', 'skill'])) as { name: string; location: string }[]
  expect(skills).toContainEqual(
    expect.objectContaining({ name: 'review', location: join(folder, 'skills/team/review/SKILL.md') }),
  )
  expect(JSON.parse(await readFile(join(folder, 'loaded'), 'utf8'))).toEqual({ level: 'strict' })
})

test('OpenCode trusts a private CA that its environment names', async () => {
  const { key, cert } = await selfSigned('127.0.0.1')
  const caPath = join(folder, 'ca.pem')
  await writeFile(caPath, cert)
  const server = createServer({ key, cert }, (_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const script = join(folder, 'ask.js')
  await writeFile(
    script,
    `console.log(await fetch(${JSON.stringify(url)}).then((one) => one.text(), () => 'refused'))\n`,
  )
  try {
    expect(await openCode([script], { BUN_BE_BUN: '1' })).toBe('refused\n')
    expect(await openCode([script], { BUN_BE_BUN: '1', NODE_EXTRA_CA_CERTS: caPath })).toBe('hello\n')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
