import { describe, expect, test } from 'vitest'
import type { ContextItem } from '../../crds/context.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { File } from './context-files.ts'
import { openCodeEnv, toolFiles } from './environment.ts'

const git = { repository: 'https://git.example.com/a.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }
const clone: ContextItem = { fileMode: 0o644, mountPath: 'code', git }
const joined: File = { path: '/workspace/.kubeopencode/context.md', content: 'x', mode: 0o644 }
const always = { OPENCODE_DISABLE_AUTOUPDATE: '1' }
const allowed = { ...always, OPENCODE_PERMISSION: '{"*":"allow"}' }

describe('what OpenCode is told', () => {
  const cases: { name: string; profile: Profile; items?: ContextItem[]; files?: File[]; want: object }[] = [
    { name: 'nothing but that it may work', profile: {}, want: allowed },
    {
      name: 'its configuration',
      profile: { config: '{}' },
      want: { ...allowed, OPENCODE_CONFIG: '/tools/opencode.json' },
    },
    {
      name: 'its configuration where there are only skills',
      profile: { skills: [{ name: 's', git }] },
      want: { ...allowed, OPENCODE_CONFIG: '/tools/opencode.json' },
    },
    {
      name: 'the configuration of its terminal interface where there are only plugins of that',
      profile: { plugins: [{ name: 'theme', target: 'tui' }] },
      want: { ...allowed, OPENCODE_TUI_CONFIG: '/tools/tui.json' },
    },
    {
      name: 'no permission where the configuration has one',
      profile: { config: { permission: { bash: 'ask' } } },
      want: { ...always, OPENCODE_CONFIG: '/tools/opencode.json' },
    },
    {
      name: 'where the joined contexts are',
      profile: {},
      files: [joined],
      want: { ...allowed, OPENCODE_CONFIG_CONTENT: '{"instructions":[".kubeopencode/context.md"]}' },
    },
    {
      name: 'nothing of a file that only looks like them',
      profile: {},
      files: [{ ...joined, path: '/workspace/docs/.kubeopencode/context.md' }],
      want: allowed,
    },
    {
      name: 'whom Git trusts',
      profile: {},
      items: [clone],
      want: { ...allowed, GIT_CONFIG_GLOBAL: '/tools/gitconfig' },
    },
    {
      name: 'whom to trust beside the system',
      profile: { caBundle: { secretRef: { name: 'ca' } } },
      want: {
        ...allowed,
        GIT_SSL_CAINFO: '/tools/ca-bundle.crt',
        SSL_CERT_FILE: '/tools/ca-bundle.crt',
        CURL_CA_BUNDLE: '/tools/ca-bundle.crt',
        REQUESTS_CA_BUNDLE: '/tools/ca-bundle.crt',
        NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/custom-ca/tls.crt',
      },
    },
  ]
  test.each(cases)('$name', ({ profile: given, items = [], files = [], want }) => {
    const profile = { workspaceDir: '/workspace', ...given }
    const env = openCodeEnv(profile, [...toolFiles(profile, items), ...files])
    expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toEqual(want)
  })
})
