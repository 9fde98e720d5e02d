import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../shared/merge-template.ts'
import { configFiles, configText, hasPermission } from './opencode-config.ts'

const git = { repository: 'https://git.example.com/s.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }
const skills = [
  { name: 'team', git },
  { name: 'org', git },
]
const plugins: NonNullable<Profile['plugins']> = [
  { name: '@team/audit@1.2.3', target: 'server', options: { level: 2 } },
  { name: 'notify', target: 'server' },
  { name: 'theme@2.0.0', target: 'tui' },
]
const ours = { skills: { paths: ['/skills/team', '/skills/org'] } }

describe('opencode.json', () => {
  const cases: { name: string; profile: Profile; want: unknown }[] = [
    { name: 'is the object', profile: { config: { model: 'a/b' } }, want: { model: 'a/b' } },
    { name: 'has skills without a configuration', profile: { skills }, want: ours },
    {
      name: 'has skills beside an object',
      profile: { skills, config: { model: 'a/b' } },
      want: { model: 'a/b', ...ours },
    },
    {
      name: 'has skills beside a text',
      profile: { skills, config: '{"model":"a/b"}' },
      want: { model: 'a/b', ...ours },
    },
    {
      name: 'keeps the user’s skills, first',
      profile: { skills, config: { skills: { urls: ['https://x'], paths: ['~/mine', '/skills/org'] } } },
      want: { skills: { urls: ['https://x'], paths: ['~/mine', '/skills/org', '/skills/team'] } },
    },
    {
      name: 'has the plugins of servers by their path, the user’s first',
      profile: { plugins, config: { plugin: ['own@1'] } },
      want: {
        plugin: [
          'own@1',
          ['file:///plugins/node_modules/@team/audit', { level: 2 }],
          'file:///plugins/node_modules/notify',
        ],
      },
    },
  ]
  test.each(cases)('$name', ({ profile, want }) => expect(JSON.parse(configText(profile) ?? '')).toEqual(want))

  test.each([
    { name: 'a text stays as it was written', config: '{ "model" : "a/b" }' },
    { name: 'what is no JSON is OpenCode’s to refuse', config: '{oops', skills },
  ])('$name', ({ name: _name, ...profile }) => expect(configText(profile)).toBe(profile.config))

  test('is not there without a reason', () => {
    for (const profile of [{}, { config: '' }, { skills: [], plugins: [] }, { plugins: plugins.slice(2) }])
      expect(configText(profile)).toBeUndefined()
  })

  test('loses nothing of the user’s, whatever it is', () => {
    const key = fc.oneof(fc.constantFrom('skills', 'plugin', '__proto__', 'model'), fc.string())
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), fc.boolean(), (config, isText) => {
        // As it comes over the network: JSON has no minus zero.
        const given = JSON.parse(JSON.stringify(config)) as Record<string, unknown>
        const text = configText({ config: isText ? JSON.stringify(given) : given, skills, plugins })
        const { skills: mySkills, plugin, ...rest } = JSON.parse(text ?? '') as Record<string, unknown>
        const { skills: hisSkills, plugin: hisPlugin, ...his } = given
        expect(Object.entries(rest)).toEqual(Object.entries(his))
        const lists = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
        expect(lists(plugin).slice(0, lists(hisPlugin).length)).toEqual(lists(hisPlugin))
        if (typeof hisSkills === 'object' && hisSkills !== null && !Array.isArray(hisSkills)) {
          const { paths: _paths, ...others } = hisSkills as Record<string, unknown>
          expect(mySkills).toMatchObject(others)
        }
      }),
    )
  })
})

test('plugins of the terminal interface have a file of their own', () =>
  expect(configFiles({ plugins: plugins.slice(2) })).toEqual([
    { path: '/tools/tui.json', content: expect.stringContaining('file:///plugins/node_modules/theme'), mode: 0o644 },
  ]))

test.each([
  [{ config: { permission: {} } }, true],
  [{ config: '{"permission":"allow"}' }, true],
  [{ config: '{"model":"permission"}' }, false],
  [{ config: '{oops' }, false],
  [{}, false],
] as const)('hasPermission(%j) is %s', (profile, want) => expect(hasPermission(profile)).toBe(want))
