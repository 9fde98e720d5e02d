import { expect, test } from 'vitest'
import { gitConfigFile } from './git-config.ts'

const git = { repository: 'https://git.example.com/a.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }
const item = { optional: false, fileMode: 0o644 }

test('Git trusts each place of a clone, and nothing else', () => {
  const items = [
    { ...item, text: 'a' },
    { ...item, git, mountPath: '.' },
    { ...item, git, mountPath: 'code' },
  ]
  expect(gitConfigFile(items, '/workspace')).toEqual({
    path: '/tools/gitconfig',
    content: '[include]\n\tpath = ~/.gitconfig\n[safe]\n\tdirectory = /workspace\n\tdirectory = /workspace/code\n',
    mode: 0o644,
  })
  expect(gitConfigFile([{ ...item, text: 'a' }], '/workspace')).toBeUndefined()
})
