import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { documentsOf } from '../../cli/manifests/documents.ts'
import type { Served } from '../apiserver/served.ts'
import { serve } from '../apiserver/served.ts'
import { optionsOf } from './kubectl.ts'
import { readYaml } from './manifests.ts'
import { blocksOf, isGuide, pages, root } from './markdown.ts'
import { commandsOf } from './shell.ts'

let served: Served
/** Not in one go: the webhooks are served by this very process. */
const kubectl = (args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(served.kubectl, ['--kubeconfig', served.kubeconfig, ...args], (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout),
    )
    child.stdin?.end(input)
  })

const folder = join(root, 'docs/examples')
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return {
      name: `docs/examples/${file}`,
      objects: documentsOf({ name: file, text }).objects.map(({ object }) => object),
    }
  })
const guides = pages().filter(isGuide).flatMap(blocksOf)
const written = guides
  .filter(({ language }) => language === 'yaml')
  .flatMap((block) => {
    const yaml = readYaml(block)
    return yaml.type === 'objects' ? [{ name: `${block.page}:${block.line}`, objects: yaml.objects }] : []
  })

const namespaceOf = (object: Readonly<Record<string, unknown>>): string | undefined =>
  (object['metadata'] as { namespace?: string } | undefined)?.namespace

beforeAll(async () => {
  served = await serve('docs')
  const named = [...examples, ...written].flatMap(({ objects }) =>
    objects.flatMap((object) => namespaceOf(object) ?? []),
  )
  const namespace = (name: string) => stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await kubectl(['apply', '--server-side', '-f', '-'], [...new Set(['default', ...named])].map(namespace).join('---\n'))
}, 1_200_000)
afterAll(() => served?.close())

describe('every manifest of the docs passes schema, CEL and webhooks of a real apiserver', () => {
  test.each([...examples, ...written])('$name', async ({ objects }) => {
    const input = objects.map((object) => stringify(object, { version: '1.1' })).join('---\n')
    const answers = await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], input)
    expect(answers.trim().split('\n')).toHaveLength(objects.length)
  })

  test('one that is wrong does not', async () => {
    const wrong = {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'Task',
      metadata: { name: 'a' },
      spec: { agent: 'b' },
    }
    const apply = () => kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], stringify(wrong))
    await expect(apply()).rejects.toThrow(/field not declared in schema|either agentRef or templateRef/)
  })
})

describe('every option of kubectl in the docs is one', () => {
  const lines = guides
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => commandsOf(text))
    .flatMap(({ words }) => (words[0] === 'kubectl' && words[1] !== 'oc' ? [optionsOf(words)] : []))
  const byVerb = Map.groupBy(lines, ({ verb }) => verb)
  test('there are many verbs', () => expect(byVerb.size).toBeGreaterThan(6))
  test.each([...byVerb.keys()])('%s', async (verb) => {
    const help = (await kubectl([...verb.split(' '), '--help'])) + (await kubectl(['options']))
    const known = new Set(
      [...help.matchAll(/^ +(?:(-\w), )?(--[\w-]+)=/gm)].flatMap(([, short, long]) => [short, long]),
    )
    const used = (byVerb.get(verb) ?? []).flatMap(({ options }) => options)
    expect(used.filter((option) => !known.has(option) && option !== '--help')).toEqual([])
  })
})
