/** What a release is made of, without publishing anything: `npx node infra/release/main.ts licences|sbom|build [--tag TAG] [--repository URL]`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { version as imageVersion } from '../../shared/images.ts'
import { bundle } from '../build/bundle.ts'
import type { Manifest } from './artifacts.ts'
import { checksums, entriesOf, publishedManifest, tgz } from './artifacts.ts'
import type { Licensed } from './licences.ts'
import { licenceFaults, licensed } from './licences.ts'
import { isShipped, lockfileFaults, readLockfile } from './lockfile.ts'
import type { Sbom } from './sbom.ts'
import { settled } from './sbom.ts'
import { newestIn, versionFaults } from './versions.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const json = (path: string): unknown => JSON.parse(text(path))

const stopAt = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

const locked = readLockfile(root)
const shipped: readonly Licensed[] = locked.filter(isShipped).map((one) => {
  const { license } = json(`${one.path}/package.json`) as { license?: unknown }
  return licensed(one, typeof license === 'string' ? license : undefined)
})

const licences = (): void => {
  for (const { name, version, licence } of shipped) console.log(`${licence.padEnd(14)} ${name}@${version}`)
  stopAt(licenceFaults(shipped))
  console.log(`${shipped.length} packages, each with a licence that is allowed`)
}

/** Seconds: of the commit, unless the builder says otherwise (https://reproducible-builds.org/specs/source-date-epoch/). */
const time = (): number =>
  Number(
    process.env['SOURCE_DATE_EPOCH'] ??
      execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }),
  )

const sbom = (): string => {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev']
  const found = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })) as Sbom
  const known = new Set(found.components.map(({ name }) => name))
  const copied = shipped.filter(({ name }) => !known.has(name))
  return `${JSON.stringify(settled(found, copied, time()), undefined, 2)}\n`
}

const build = async ({ tag, repository }: { tag?: string; repository?: string }): Promise<void> => {
  const manifest = json('package.json') as Manifest
  const chart = parse(text('infra/helm/kubeopencode/Chart.yaml')) as { version: string; appVersion: string }
  stopAt([
    ...lockfileFaults(locked),
    ...licenceFaults(shipped),
    ...versionFaults(
      {
        package: manifest.version,
        lockfile: (json('package-lock.json') as { version: string }).version,
        chart: chart.version,
        appVersion: chart.appVersion,
        images: imageVersion,
        changelog: newestIn(text('CHANGELOG.md')),
      },
      tag,
    ),
  ])
  const folder = join(dist, 'release')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const made = join(folder, 'made')
  await bundle(['kubeoc', 'ui'], made)
  const { name, version } = manifest
  const files = new Map<string, Buffer>([
    [
      `${name}-${version}.npm.tgz`,
      tgz([
        { path: 'package/package.json', content: Buffer.from(publishedManifest(manifest, repository)), mode: 0o644 },
        ...['LICENSE', 'README.md'].map((file) => ({
          path: `package/${file}`,
          content: Buffer.from(text(file)),
          mode: 0o644,
        })),
        ...entriesOf(join(made, 'dist'), 'package/dist'),
      ]),
    ],
    [`${name}-${version}.tgz`, tgz(entriesOf(join(root, 'infra/helm/kubeopencode'), name))],
    ['install.yaml', Buffer.from(text('infra/manifests/install.yaml'))],
    [`${name}-${version}.cdx.json`, Buffer.from(sbom())],
  ])
  rmSync(made, { recursive: true })
  for (const [file, content] of [...files, ['SHA256SUMS', Buffer.from(checksums(files))] as const]) {
    writeFileSync(join(folder, file), content)
    console.log(`${relative(root, join(folder, file))}  ${(content.length / 1024).toFixed(0)} KiB`)
  }
}

try {
  const { values, positionals } = parseArgs({
    options: { tag: { type: 'string' }, repository: { type: 'string' } },
    allowPositionals: true,
  })
  const [command] = positionals
  if (command === 'licences') licences()
  else if (command === 'sbom') {
    mkdirSync(dist, { recursive: true })
    writeFileSync(join(dist, 'kubeopencode.cdx.json'), sbom())
    console.log('dist/kubeopencode.cdx.json')
  } else if (command === 'build') await build(values)
  else throw new Error(`There is no command "${command ?? ''}"; choose licences, sbom or build.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
