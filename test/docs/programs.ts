import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parsed } from './kubeoc-line.ts'
import { kubectlFaults } from './kubectl.ts'
import { root } from './markdown.ts'
import type { Command } from './shell.ts'

/** Programs whose lines are not judged here, and why. A program that is in no table is a fault. */
const notJudged: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'awk base64 cat cd chmod cp cut date diff do done echo env export false fi find for grep head if jq kill ls mkdir openssl printf pwd read rm sed set sha256sum sleep sort source sudo tail tar tee test then touch tr true umask uniq wait wc while xargs'
      .split(' ')
      .map((name) => [name, 'part of every Unix, and says nothing of ours']),
  ),
  'apt-get': 'needs the package mirror of the distribution',
  aws: 'needs a cloud: an account of AWS',
  cosign: 'needs a registry with signatures',
  curl: 'needs a server; those of docs/api.md are run by functions/api/guide.apiserver.test.ts',
  docker: 'needs a registry',
  buildah: 'needs a registry',
  flux: 'needs a cluster with Flux',
  gh: 'needs the network',
  git: 'needs a remote',
  go: 'needs the module proxy',
  kind: 'needs Docker',
  promtool: 'comes with Prometheus',
  skopeo: 'needs a registry',
}

/** Packages that npx runs, and why their lines are not judged. */
const foreignPackages: Readonly<Record<string, string>> = {
  'aws-cdk': 'needs a cloud: an account of AWS',
  wrangler: 'needs a cloud: an account of Cloudflare',
}

const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
  devDependencies: Readonly<Record<string, string>>
}

const sourceOf = (file: string): string =>
  readdirSync(join(root, dirname(file)), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.includes('.test.'))
    .map(({ name }) => readFileSync(join(root, dirname(file), name), 'utf8'))
    .join('\n')

/** An option is known where the program's own folder names it, as text of commander or as a key of parseArgs. */
const optionFaults = (file: string, words: readonly string[]): string[] => {
  const source = sourceOf(file)
  return words.flatMap((word) => {
    const name = /^--(?:no-)?([\w-]+)/.exec(word)?.[1]
    if (name === undefined) return []
    const isKnown = new RegExp(`ption\\(\\s*'[^']*--(no-)?${name}(?![\\w-])|['"]?\\b${name}['"]?: \\{ *type:`).test(
      source,
    )
    return isKnown ? [] : [`${file} knows no option ${word}`]
  })
}

const programFaults = async (file: string, words: readonly string[]): Promise<string[]> => {
  if (!existsSync(join(root, file))) return [`${file} is not there`]
  return file === 'cli/main.ts' ? kubeocFaults(words) : optionFaults(file, words)
}

const kubeocFaults = async (words: readonly string[]): Promise<string[]> => {
  if (words[0] === 'completion') return ['bash', 'zsh', 'fish'].includes(words[1] ?? '') ? [] : ['names no shell']
  const reached = await parsed(words).catch((error: unknown) => error)
  if (reached instanceof Error) return [`kubeoc does not read it: ${reached.message}`]
  return reached === '' ? ['reaches no command of kubeoc'] : []
}

const npmFaults = async (words: readonly string[]): Promise<string[]> => {
  const [verb = '', ...rest] = words.filter((word) => word !== '--silent' && word !== '-s')
  if (verb === 'ci' || verb === 'config' || verb === 'install' || verb === 'pack' || verb === 'publish') return []
  const name = verb === 'test' ? 'test' : verb === 'run' || verb === 'run-script' ? (rest[0] ?? '') : undefined
  if (name === undefined) return [`npm ${verb} is not among what the docs may ask for`]
  const script = scripts[name]
  if (script === undefined) return [`package.json has no script ${name}`]
  const end = rest.indexOf('--')
  const given = end >= 0 ? rest.slice(end + 1) : name === verb ? rest : rest.slice(1)
  const file = /^node (\S+\.ts)/.exec(script)?.[1]
  return file === undefined ? [] : programFaults(file, given)
}

const npxFaults = async (words: readonly string[]): Promise<string[]> => {
  const [given = '', file = '', ...rest] = words
  const name = given.replace(/(?<=.)@[^/]*$/, '')
  if (name in foreignPackages) return []
  if (name === 'node') return programFaults(file, rest)
  if (name in devDependencies)
    return words.flatMap((word) =>
      word.includes('/') && !existsSync(join(root, word)) ? [`${word} is not there`] : [],
    )
  return [`npx ${name} is neither one of our packages nor in the table of test/docs/programs.ts`]
}

const schema = JSON.parse(readFileSync(join(root, 'infra/helm/kubeopencode/values.schema.json'), 'utf8')) as Values
interface Values {
  readonly properties?: Readonly<Record<string, Values>>
  readonly additionalProperties?: unknown
}

const valueFaults = (setting: string): string[] => {
  let node: Values | undefined = schema
  for (const key of (setting.split('=')[0] ?? '').replaceAll(/\[\d+\]/g, '').split('.')) {
    if (node?.properties === undefined) return []
    node = node.properties[key]
    if (node === undefined) return [`the chart has no value ${setting}`]
  }
  return []
}

const helmFaults = (words: readonly string[]): string[] => {
  const known =
    'install upgrade uninstall template lint list status history rollback get show package push pull registry repo dependency test'
  const [verb = ''] = words
  return [
    ...(known.split(' ').includes(verb) ? [] : [`helm ${verb} is no command`]),
    ...words.flatMap((word, at) => {
      if (['--set', '--set-string', '--set-json', '--set-file'].includes(words[at - 1] ?? ''))
        return word.split(/,(?=[\w.]+=)/).flatMap(valueFaults)
      return word.startsWith('infra/') && !existsSync(join(root, word)) ? [`${word} is not there`] : []
    }),
  ]
}

/** What is wrong with a command, in words. `folder` is where it is typed, below the project. */
export const commandFaults = async ({ words }: Command, folder: string): Promise<string[]> => {
  const [program = '', ...rest] = words
  if (program === 'kubectl' && rest[0] === 'oc') return kubeocFaults(rest.slice(1))
  if (program === 'kubectl') return kubectlFaults(words, folder)
  if (program === 'kubeoc') return kubeocFaults(rest)
  if (program === 'npm') return npmFaults(rest)
  if (program === 'npx') return npxFaults(rest)
  if (program === 'helm') return helmFaults(rest)
  if (program === 'node') return programFaults(rest[0] ?? '', rest.slice(1))
  if (program in notJudged || program.startsWith('$')) return []
  if (program.includes('/') && existsSync(join(root, program)) && statSync(join(root, program)).mode & 0o100) return []
  return [`${program} is in no table: judge it, or list it in test/docs/programs.ts with the reason why not`]
}
