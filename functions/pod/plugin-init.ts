import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Plugin } from '../../crds/plugin.ts'
import { redact } from './git/faults.ts'
import { joinCertificates } from './git/environment.ts'
import { HelperFault, required, wholeNumber, type Env, type Helper } from './helper.ts'

const specifier = Plugin.shape.name

const readPackages = (text: string): readonly string[] => {
  let packages: unknown
  try {
    packages = JSON.parse(text)
  } catch (cause) {
    throw new HelperFault('PLUGIN_PACKAGES is not JSON; it must be a list of npm packages.', { cause })
  }
  if (!Array.isArray(packages)) throw new HelperFault('PLUGIN_PACKAGES must be a list of npm packages.')
  return packages.map((given, index) => {
    const result = specifier.safeParse(given)
    if (!result.success)
      throw new HelperFault(`PLUGIN_PACKAGES[${index}] ${result.error.issues[0]?.message ?? 'is not valid'}.`)
    return result.data
  })
}

const nameOf = (text: string): string => text.replace(/(?<=.)@.*$/, '')

/** Values that are in the environment for the registry alone. */
const secretsOf = (env: Env): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value && /token|auth|password|secret/i.test(name) ? [value] : []))

const run = (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly timeout: number },
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer): void => void (output = `${output}${String(chunk)}`.slice(-20_000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })

const lastWords = (output: string): string =>
  output
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .findLast((line) => /error/i.test(line))
    ?.replace(/^error: /, '')
    .slice(0, 300) ?? 'no reason given'

export const pluginInit: Helper = {
  purpose: 'installs OpenCode plugins from an npm registry; no script of any package is run',
  variables: {
    PLUGIN_PACKAGES: 'JSON list of npm packages, such as ["@team/plugin@1.2.3"] (required)',
    PLUGIN_DIR: 'directory that gets node_modules (required)',
    PLUGIN_MANAGER: 'program with the package manager, default /tools/opencode',
    PLUGIN_TIMEOUT: 'seconds for everything, default 300',
    NPM_CONFIG_REGISTRY: 'registry, default the public one',
    NPM_CONFIG_TOKEN: 'token for the registry',
    CUSTOM_CA_CERT_PATH: 'PEM certificates to trust besides those of the system',
    'HTTP_PROXY, HTTPS_PROXY, NO_PROXY': 'the way out, also in lower case',
  },
  run: async (env, print) => {
    const packages = readPackages(required(env, 'PLUGIN_PACKAGES'))
    const directory = required(env, 'PLUGIN_DIR')
    if (!directory.startsWith('/') || directory.split('/').includes('..'))
      throw new HelperFault(`PLUGIN_DIR must be an absolute path without "..", not "${directory}".`)
    const timeoutSeconds = Math.max(1, wholeNumber(env, 'PLUGIN_TIMEOUT', 300))
    const manager = env['PLUGIN_MANAGER'] || '/tools/opencode'
    const caPath = env['CUSTOM_CA_CERT_PATH']
    // Below the one directory that can be written to for certain.
    const scratch = join(directory, '.install')
    const modules = join(directory, 'node_modules')
    await mkdir(scratch, { recursive: true })
    try {
      await writeFile(join(directory, 'package.json'), '{"private":true}\n')
      const args = ['add', '--exact', '--ignore-scripts', '--no-progress', '--no-summary', '--backend=copyfile']
      const trust = caPath ? [`--cafile=${await joinCertificates(caPath, scratch)}`] : []
      const { code, output } = await run(manager, [...args, ...trust, ...packages], {
        cwd: directory,
        env: {
          ...env,
          HOME: env['HOME'] || scratch,
          BUN_BE_BUN: '1',
          BUN_INSTALL_CACHE_DIR: join(scratch, 'cache'),
          TMPDIR: scratch,
          // The package manager looks at this one behind a proxy, and at its own option elsewhere.
          ...(caPath && { NODE_EXTRA_CA_CERTS: caPath }),
          NO_COLOR: '1',
        },
        timeout: timeoutSeconds * 1000,
      }).catch((cause: unknown) => {
        throw new HelperFault(`${manager} could not be started; opencode-init has to bring it.`, { cause })
      })
      const missing = packages.find((text) => !existsSync(join(modules, nameOf(text), 'package.json')))
      if (code === 0 && missing === undefined) {
        print(`installed ${packages.join(' ')}`)
        return
      }
      await rm(modules, { recursive: true, force: true })
      const why = code === null ? `no end within ${timeoutSeconds} s` : redact(lastWords(output), secretsOf(env))
      throw new HelperFault(
        `The plugins ${packages.join(' ')} could not be installed: ${why}. Check their names and versions, the registry, and the way to it.`,
      )
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  },
}
