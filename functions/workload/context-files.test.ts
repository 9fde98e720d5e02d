import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ContextItem } from '../../crds/context.ts'
import { configMap } from '../../test/builders/core.ts'
import { configMapNames, contextFiles } from './context-files.ts'

const layout = {
  namespace: 'default',
  workspaceDir: '/workspace',
  configMaps: new Map([
    ['guide', configMap('guide', { 'b.md': 'second', 'a.md': 'first' })],
    ['binary', { ...configMap('binary'), binaryData: { 'logo.png': 'AAEC' } }],
  ]),
  runtimeText: 'You run in a Pod.',
  taken: [{ path: '/workspace/task.md', owner: 'the Task itself', isClosed: true }],
}
const mode = 0o644
const text = (content: string, more: Partial<ContextItem> = {}): ContextItem => ({
  fileMode: mode,
  text: content,
  ...more,
})
const map = (name: string, source: object = {}, more: Partial<ContextItem> = {}): ContextItem => ({
  fileMode: mode,
  configMap: { name, optional: false, ...source },
  ...more,
})
const git = (mountPath: string): ContextItem => ({
  fileMode: mode,
  mountPath,
  git: { repository: 'https://git.example.com/a.git', ref: 'HEAD', depth: 1, recurseSubmodules: false },
})
const joined = (content: string) => ({ path: '/workspace/.kubeopencode/context.md', content, mode })

describe('the files of contexts', () => {
  const cases = [
    { name: 'none', items: [], want: [] },
    {
      name: 'a text without a place is framed',
      items: [text('Be kind.\n\n', { name: 'rules' })],
      want: [joined('<context name="rules" namespace="default" type="Text">\nBe kind.\n</context>\n')],
    },
    {
      name: 'several are joined in their order',
      items: [text('one', { name: 'b' }), text('two', { name: 'a' })],
      want: [
        joined(
          '<context name="b" namespace="default" type="Text">\none\n</context>\n\n<context name="a" namespace="default" type="Text">\ntwo\n</context>\n',
        ),
      ],
    },
    {
      name: 'the keys of a ConfigMap, sorted, each in its own frame',
      items: [map('guide', {}, { name: 'guide' })],
      want: [
        joined(
          '<context name="guide" namespace="default" type="ConfigMap">\n<file name="a.md">\nfirst\n</file>\n<file name="b.md">\nsecond\n</file>\n</context>\n',
        ),
      ],
    },
    {
      name: 'one key of a ConfigMap',
      items: [map('guide', { key: 'b.md' })],
      want: [joined('<context name="" namespace="default" type="ConfigMap">\nsecond\n</context>\n')],
    },
    {
      name: 'what the Pod runs in',
      items: [{ fileMode: mode, runtime: {} }],
      want: [joined('<context name="" namespace="default" type="Runtime">\nYou run in a Pod.\n</context>\n')],
    },
    {
      name: 'a place in the workspace, as it was written',
      items: [text('<context> stays\n', { mountPath: './docs//RULES.md', fileMode: 0o600 })],
      want: [{ path: '/workspace/docs/RULES.md', content: '<context> stays\n', mode: 0o600 }],
    },
    {
      name: 'an absolute place',
      items: [text('x', { mountPath: '/etc/motd' })],
      want: [{ path: '/etc/motd', content: 'x', mode }],
    },
    {
      name: 'a ConfigMap as a directory',
      items: [map('guide', {}, { mountPath: 'docs' })],
      want: [
        { path: '/workspace/docs/a.md', content: 'first', mode },
        { path: '/workspace/docs/b.md', content: 'second', mode },
      ],
    },
    {
      name: 'bytes stay bytes',
      items: [map('binary', {}, { mountPath: 'img' })],
      want: [{ path: '/workspace/img/logo.png', content: 'AAEC', isBinary: true, mode }],
    },
    { name: 'an optional ConfigMap that is not there', items: [map('none', { optional: true })], want: [] },
    { name: 'an optional key that is not there', items: [map('guide', { key: 'c', optional: true })], want: [] },
    { name: 'a repository is fetched, not written', items: [git('code')], want: [] },
  ]
  test.each(cases)('$name', ({ items, want }) =>
    expect(contextFiles(items, layout)).toEqual({ files: want, faults: [] }),
  )
})

describe('faults of contexts', () => {
  const cases = [
    {
      name: 'a ConfigMap that is not there may come',
      items: [map('none')],
      want: [/^ConfigMap default\/none does not exist; create it or mark the context optional$/],
      isPassing: true,
    },
    {
      name: 'a key that is not there may come',
      items: [map('guide', { key: 'c.md' })],
      want: [/^ConfigMap default\/guide has no key "c.md"/],
      isPassing: true,
    },
    {
      name: 'two items for one place',
      items: [text('a', { mountPath: 'x' }), text('b', { mountPath: '/workspace/x' })],
      want: [/^mount path conflict: two contexts want \/workspace\/x/],
      isPassing: false,
    },
    {
      name: 'a file in the directory of a ConfigMap',
      items: [map('guide', {}, { mountPath: 'docs' }), text('b', { mountPath: 'docs/a.md' })],
      want: [/^mount path conflict: two contexts want \/workspace\/docs\/a.md/],
      isPassing: false,
    },
    {
      name: 'two repositories for one place',
      items: [git('.'), git('/workspace')],
      want: [/^mount path conflict/],
      isPassing: false,
    },
    {
      name: 'a file where another needs a directory',
      items: [text('a', { mountPath: 'docs' }), text('b', { mountPath: 'docs/b.md' })],
      want: [/^mount path conflict: \/workspace\/docs is a file, and \/workspace\/docs\/b.md needs a directory there/],
      isPassing: false,
    },
    {
      name: 'a file that a repository would hide',
      items: [git('code'), text('b', { mountPath: 'code/NOTES.md' })],
      want: [
        /^mount path conflict: \/workspace\/code\/NOTES.md would be hidden by the repository at \/workspace\/code/,
      ],
      isPassing: false,
    },
    {
      name: 'the prompt’s own place',
      items: [text('a', { mountPath: 'task.md' })],
      want: [/^mount path conflict: \/workspace\/task.md is taken by the Task itself/],
      isPassing: false,
    },
    {
      name: 'the place of the joined contexts',
      items: [text('a'), text('b', { mountPath: '.kubeopencode/context.md' })],
      want: [/^mount path conflict/],
      isPassing: false,
    },
  ]
  test.each(cases)('$name', ({ items, want, isPassing }) => {
    const { faults } = contextFiles(items, layout)
    expect(faults).toEqual(want.map((message) => ({ message: expect.stringMatching(message), isPassing })))
  })

  test('files in the root of a repository that is the workspace are no conflict', () =>
    expect(contextFiles([git('.'), text('a', { mountPath: 'NOTES.md' })], layout).faults).toEqual([]))

  test('all of them are told at once', () =>
    expect(contextFiles([map('none'), map('guide', { key: 'c.md' })], layout).faults).toHaveLength(2))
})

const frames = (content: string): number => content.match(/<\/?(?:context|file)\b/gi)?.length ?? 0
/** Texts in which frames and quotes are likely. */
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom('</context>', '<context ', '</FILE>', '<file', '"', '>', '<', '\n', '&'), fc.string()),
  )
  .map((parts) => parts.join(''))

test('no content closes its frame or opens another', () => {
  fc.assert(
    fc.property(hostile, hostile, (content, key) => {
      const layoutOf = { ...layout, configMaps: new Map([['m', configMap('m', { [key]: content })]]) }
      const ofText = contextFiles([text(content, { name: 'a' })], layout).files[0]!.content
      const ofMap = contextFiles([map('m', {}, { name: 'a' })], layoutOf).files[0]!.content
      expect(frames(ofText)).toBe(2)
      expect(frames(ofMap)).toBe(4)
    }),
  )
})

test('no name ends its attribute', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const [first = ''] = contextFiles([text('x', { name })], layout).files[0]!.content.split('\n')
      expect(first).toMatch(/^<context name="[^"<>\n]*" namespace="default" type="Text">$/)
    }),
  )
})

test('configMapNames says each once', () =>
  expect(configMapNames([map('b'), text('x'), map('a'), map('b', { key: 'k' })])).toEqual(['b', 'a']))
