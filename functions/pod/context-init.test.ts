import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contextInit } from './context-init.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'context-init-'))
  // As the kubelet lays out a ConfigMap: links into a directory that it swaps.
  await mkdir(join(root, 'map', '..data'), { recursive: true })
  for (const [name, content] of [
    ['task', 'do it'],
    ['b', 'B'],
  ] as const) {
    await writeFile(join(root, 'map', '..data', name), content)
    await symlink(join('..data', name), join(root, 'map', name))
  }
})
afterEach(() => rm(root, { recursive: true, force: true }))

const run = (files: unknown, directories: unknown = []): Promise<void> =>
  contextInit.run(
    {
      WORKSPACE_DIR: join(root, 'work'),
      CONFIGMAP_PATH: join(root, 'map'),
      FILE_MAPPINGS: typeof files === 'string' ? files : JSON.stringify(files),
      DIR_MAPPINGS: JSON.stringify(directories),
    },
    () => undefined,
  )

describe('context-init', () => {
  test('copies files with their modes', async () => {
    const secret = join(root, 'elsewhere', 'x')
    await run([
      { key: 'task', path: 'task.md' },
      { key: 'b', path: secret, mode: 0o600 },
    ])
    expect(await readFile(join(root, 'work', 'task.md'), 'utf8')).toBe('do it')
    expect((await stat(join(root, 'work', 'task.md'))).mode & 0o777).toBe(0o644)
    expect((await stat(secret)).mode & 0o777).toBe(0o600)
  })

  test.each([
    { name: 'what is there already is not written', mode: 0o644, text: 'do it', isWritten: false },
    { name: 'what has another mode is', mode: 0o600, text: 'do it', isWritten: true },
    { name: 'what has other content is', mode: 0o644, text: 'do at', isWritten: true },
  ])('$name', async ({ mode, text, isWritten }) => {
    const target = join(root, 'work', 'task.md')
    await mkdir(join(root, 'work'))
    await writeFile(target, text)
    await chmod(target, mode)
    const { ino } = await stat(target)
    await run([{ key: 'task', path: 'task.md' }])
    expect((await stat(target)).ino !== ino).toBe(isWritten)
    expect((await stat(target)).mode & 0o777).toBe(0o644)
    expect(await readFile(target, 'utf8')).toBe('do it')
  })

  test('copies a directory without what the kubelet keeps in it', async () => {
    await run([], [{ source: join(root, 'map'), path: 'docs' }])
    expect((await readdir(join(root, 'work', 'docs'))).toSorted()).toEqual(['b', 'task'])
  })

  test('replaces a link in the way and does not write through it', async () => {
    await mkdir(join(root, 'work'))
    await writeFile(join(root, 'victim'), 'safe')
    await symlink(join(root, 'victim'), join(root, 'work', 'task.md'))
    await run([{ key: 'task', path: 'task.md' }])
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('safe')
    expect(await readFile(join(root, 'work', 'task.md'), 'utf8')).toBe('do it')
  })

  const wrong = [
    { name: 'a missing file', files: [{ key: 'gone', path: 'x' }], says: /"gone" is missing/ },
    { name: 'a path out of the workspace', files: [{ key: 'b', path: '../x' }], says: /leaves the workspace/ },
    { name: 'a key out of the ConfigMap', files: [{ key: '../../etc/passwd', path: 'x' }], says: /leaves/ },
    { name: 'no JSON', files: '{', says: /FILE_MAPPINGS is not JSON/ },
    { name: 'a mapping without a path', files: [{ key: 'b' }], says: /FILE_MAPPINGS\[0\]/ },
    { name: 'a mode with special bits', files: [{ key: 'b', path: 'x', mode: 0o4755 }], says: /FILE_MAPPINGS\[0\]/ },
  ]
  test.each(wrong)('refuses $name', async ({ files, says }) => expect(run(files)).rejects.toThrow(says))
})
