import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pluginInit } from '../../functions/pod/plugin-init.ts'
import { startForwardProxy, type ForwardProxy } from '../../infra/local/forward-proxy.ts'
import { opencodeBinary as openCode } from './opencode.ts'
import { startRegistry, type Registry } from './registry.ts'
import { selfSigned } from './self-signed.ts'

const token = 'pl4nted-t0ken'
const script = 'touch "$PLUGIN_TEST_MARK"'
const manifest = (more: object): string => JSON.stringify({ version: '1.2.3', main: 'index.js', ...more })
const packages = {
  '@team/audit': {
    'package.json': manifest({
      dependencies: { helper: '1.2.3' },
      scripts: { preinstall: script, install: script, postinstall: script },
    }),
    'index.js': 'export const Audit = async () => ({})\n',
  },
  helper: { 'package.json': manifest({ scripts: { postinstall: script } }), 'index.js': 'export default 1\n' },
  theme: { 'package.json': manifest({}), 'index.js': 'export default 1\n' },
}

let folder: string
let open: Registry
let guarded: Registry
let proxy: ForwardProxy
let caPath: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugin-init-'))
  const tls = await selfSigned('127.0.0.1')
  caPath = join(folder, 'ca.pem')
  await writeFile(caPath, tls.cert)
  open = await startRegistry(packages)
  guarded = await startRegistry(packages, { tls, token })
  proxy = await startForwardProxy()
})
afterAll(async () => {
  await Promise.all([open, guarded, proxy].map((server) => server?.close()))
  await rm(folder, { recursive: true, force: true })
})

let place: string
beforeEach(async () => {
  place = await mkdtemp(join(folder, 'place-'))
})
afterEach(() => rm(place, { recursive: true, force: true }))

const install = async (names: unknown, env: Record<string, string> = {}): Promise<string[]> => {
  const lines: string[] = []
  const inputs = {
    PATH: process.env['PATH'],
    PLUGIN_PACKAGES: JSON.stringify(names),
    PLUGIN_DIR: join(place, 'plugins'),
    PLUGIN_MANAGER: openCode,
    PLUGIN_TEST_MARK: join(place, 'a-script-was-run'),
    NPM_CONFIG_REGISTRY: open.url,
    ...env,
  }
  await pluginInit.run(inputs, (line) => lines.push(line))
  return lines
}
const inPlace = (path: string): string => join(place, 'plugins', 'node_modules', path)

describe('what is installed', () => {
  test('the packages and what they need, without running a script', async () => {
    await install(['@team/audit@1.2.3', 'theme'])
    expect(await readFile(inPlace('@team/audit/index.js'), 'utf8')).toContain('Audit')
    expect([existsSync(inPlace('helper/index.js')), existsSync(inPlace('theme/index.js'))]).toEqual([true, true])
    expect(existsSync(join(place, 'a-script-was-run'))).toBe(false)
    expect((await readdir(join(place, 'plugins'))).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('again, when a Pod starts again', async () => {
    await install(['theme'])
    await install(['theme'])
    expect(existsSync(inPlace('theme/package.json'))).toBe(true)
  })

  test('from a registry with a private CA and a token, through a proxy', async () => {
    const env = { NPM_CONFIG_REGISTRY: guarded.url, NPM_CONFIG_TOKEN: token, CUSTOM_CA_CERT_PATH: caPath }
    const lines = await install(['theme'], { ...env, HTTPS_PROXY: proxy.url })
    expect(existsSync(inPlace('theme/package.json'))).toBe(true)
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${new URL(guarded.url).host}`]))
    expect(lines.join('\n')).not.toContain(token)
  })
})

describe('what is not', () => {
  const cases = [
    { name: 'a package that is not there', names: ['nobody'], says: /nobody could not be installed: .*404/ },
    { name: 'a version that is not there', names: ['theme@9.9.9'], says: /theme@9\.9\.9 could not be installed/ },
    {
      name: 'a CA that is not known',
      names: ['theme'],
      env: () => ({ NPM_CONFIG_REGISTRY: guarded.url }),
      says: /could not be installed: .*(CERT|certificate)/i,
    },
    {
      name: 'a wrong token',
      names: ['theme'],
      env: () => ({ NPM_CONFIG_REGISTRY: guarded.url, CUSTOM_CA_CERT_PATH: caPath, NPM_CONFIG_TOKEN: 'wr0ng-t0ken' }),
      says: /could not be installed: .*401/,
    },
    { name: 'an option', names: ['--trust'], says: /PLUGIN_PACKAGES\[0\] must be an npm package/ },
    { name: 'a path', names: ['../x'], says: /must be an npm package/ },
    { name: 'an address', names: ['http://127.0.0.1/x.tgz'], says: /must be an npm package/ },
    { name: 'a list that is none', names: 'theme', says: /must be a list/ },
    {
      name: 'without a package manager',
      names: ['theme'],
      env: () => ({ PLUGIN_MANAGER: '/none' }),
      says: /opencode-init has to bring it/,
    },
  ]
  test.each(cases)('$name', async ({ names, env, says }) => {
    const failure = await install(names, env?.()).catch((error: Error) => error.message)
    expect(failure).toMatch(says)
    expect(failure).not.toContain('t0ken')
    expect(existsSync(join(place, 'plugins', 'node_modules'))).toBe(false)
    expect(existsSync(join(place, 'plugins', '.install'))).toBe(false)
  })
})
