import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { stringify } from 'yaml'
import { describe, expect, test } from 'vitest'
import { judgeFiles } from '../../cli/manifests/judge-all.ts'
import { readYaml, valuesFaults, isOurs } from './manifests.ts'
import type { Block, Page } from './markdown.ts'
import { anchorsOf, blocksOf, isGuide, linksOf, pages, root } from './markdown.ts'
import { hasField, kubectlFaults } from './kubectl.ts'
import { commandFaults } from './programs.ts'
import { commandsOf } from './shell.ts'
import { AgentKind } from '../../crds/agent.ts'

const all = pages()
const guides = all.filter(isGuide)
const blocks = guides.flatMap(blocksOf)
const at = ({ page, line }: Block): string => `${page}:${line}`

/** Languages whose blocks are pictures, answers or programs of other kinds. */
const languages = new Set(['', 'sh', 'yaml', 'json', 'mermaid', 'promql', 'text'])

test('a block is in a language that is judged, or known to need none', () => {
  expect(blocks.filter(({ language }) => !languages.has(language)).map(at)).toEqual([])
})

const scripts = blocks.flatMap((block) => {
  if (block.language === 'sh') return [{ block, script: block.text }]
  const typed = block.language === '' ? [...block.text.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line) : []
  return typed.length > 0 ? [{ block, script: typed.join('\n') }] : []
})

describe('every command is one', () => {
  test('there are many', () => expect(scripts.length).toBeGreaterThan(40))
  test.each(scripts.map(({ block, script }) => [at(block), script] as const))('%s', async (_at, script) => {
    let folder = ''
    for (const command of commandsOf(script)) {
      const [program, to = ''] = command.words
      if (program === 'cd') folder = normalize(join(folder, to))
      expect({ command: command.words.join(' '), faults: await commandFaults(command, folder) }).toEqual({
        command: command.words.join(' '),
        faults: [],
      })
    }
  })
})

/** Scripts that are named in a sentence. */
const inSentences = all.flatMap(({ path, text }) =>
  [...text.matchAll(/`(npm (?:run|test)[^`\n]*)`/g)].map(([, line = '']) => [path, line] as const),
)
test.each(inSentences)('%s: %s', async (_path, line) => {
  for (const command of commandsOf(line)) expect(await commandFaults(command, '')).toEqual([])
})

const yamls = blocks.filter(({ language }) => language === 'yaml').map((block) => ({ block, yaml: readYaml(block) }))

describe('every manifest is admitted, without a word', () => {
  test('there are some', () => expect(yamls.length).toBeGreaterThan(3))
  test.each(yamls.map(({ block, yaml }) => ({ name: at(block), yaml })))('$name', async ({ yaml }) => {
    if (yaml.type === 'unknown') expect(yaml.faults).toEqual([])
    if (yaml.type === 'values') expect(valuesFaults(yaml.values)).toEqual([])
    if (yaml.type === 'objects') {
      const own = yaml.objects.filter(isOurs).map((object) => stringify(object, { version: '1.1' }))
      const { findings } = await judgeFiles([{ name: 'docs', text: own.join('---\n') }], 'default')
      expect(findings.map(({ field, message }) => `${field ?? ''} ${message}`)).toEqual([])
    }
    expect(yaml.type).not.toBe('unknown')
  })
})

describe('every link leads somewhere', () => {
  const byPath = new Map(all.map((page) => [page.path, page]))
  const broken = (page: Page): string[] =>
    linksOf(page).flatMap((link) => {
      if (/^(https?:|mailto:)/.test(link)) return []
      const [file = '', anchor] = link.split('#')
      const path =
        file === '' ? page.path : normalize(join(dirname(page.path), decodeURIComponent(file))).replace(/\/$/, '')
      if (!existsSync(join(root, path))) return [`${link}: ${path} is not there`]
      const target = byPath.get(path)
      return anchor === undefined || (target && anchorsOf(target).has(anchor)) ? [] : [`${link}: no such heading`]
    })
  test.each(all.map((page) => [page.path, page] as const))('%s', (_path, page) => expect(broken(page)).toEqual([]))
})

test('every guide is in the index', () => {
  const index = all.find(({ path }) => path === 'docs/README.md')
  const listed = new Set(linksOf(index ?? { path: '', text: '' }))
  const own = guides
    .map(({ path }) => path)
    .filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md')
  expect(own.map((path) => path.slice('docs/'.length)).filter((path) => !listed.has(path))).toEqual([])
})

test('the guide leads to every example of a feature', () => {
  const guide = all.find(({ path }) => path === 'docs/guide.md')
  const linked = new Set(linksOf(guide ?? { path: '', text: '' }))
  const files = readdirSync(join(root, 'docs/examples/features')).filter((file) => file.endsWith('.yaml'))
  expect(files.filter((file) => !linked.has(`examples/features/${file}`))).toEqual([])
})

describe('what is wrong is found', () => {
  const wrong = [
    { line: 'kubectl get tasks -o jsonpath={.status.nothing}', says: 'Task has no field .status.nothing' },
    { line: 'kubectl wait --for=condition=Done task/a', says: 'Task has no condition Done' },
    { line: 'kubectl get tusks', says: 'tusks is no kind' },
    {
      line: `kubectl patch agent a --type merge -p '{"spec":{"suspended":true}}'`,
      says: 'spec.suspended is no field here',
    },
    { line: 'kubectl annotate task a kubeopencode.io/stopp=true', says: 'kubeopencode.io/stopp is no label' },
    { line: 'kubectl get tasks --field-selector status.podName=a', says: 'Task cannot be selected by .status.podName' },
    { line: 'kubectl explain agent.spec.nothing', says: 'Agent has no field spec.nothing' },
    { line: 'kubectl apply -f docs/nothing/a.yaml', says: 'docs/nothing/a.yaml is not there' },
    { line: 'kubectl frobnicate', says: 'kubectl frobnicate is none of' },
    { line: 'kubeoc task wy a', says: 'kubeoc does not read it' },
    { line: 'npm run nothing', says: 'package.json has no script nothing' },
    { line: 'npm run cluster -- up --no-kubelet', says: 'infra/local/main.ts knows no option --no-kubelet' },
    { line: 'npx left-pad', says: 'npx left-pad is neither' },
    { line: 'helm install a infra/helm/kubeopencode --set nothing=1', says: 'the chart has no value nothing=1' },
    { line: 'frobnicate', says: 'frobnicate is in no table' },
  ]
  test.each(wrong)('$line', async ({ line, says }) => {
    const faults = await Promise.all(commandsOf(line).map((command) => commandFaults(command, '')))
    expect(faults.flat().join('; ')).toContain(says)
  })

  test('YAML that is nothing we know', () => {
    const block = { page: 'a.md', line: 1, language: 'yaml' }
    expect(readYaml({ ...block, text: 'a: 1' })).toMatchObject({ type: 'unknown' })
    expect(readYaml({ ...block, text: 'a: [' })).toMatchObject({ type: 'unknown' })
    expect(valuesFaults({ image: { tag: 1 } })).toEqual(['/image/tag must be string'])
  })

  test('a right line has no fault', () => {
    expect(
      kubectlFaults(
        ['kubectl', 'get', 'ag', '-o', 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].reason}'],
        '',
      ),
    ).toEqual([])
    expect(hasField(AgentKind, '.spec.contexts[0].git.ref')).toBe(true)
  })
})
