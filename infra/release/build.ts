/** Makes the files of a release in `dist/release`, and publishes nothing. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { parse } from 'yaml'
import { version as imageVersion } from '../../shared/images.ts'
import { bundle } from '../build/bundle.ts'
import { buildTime } from '../build/time.ts'
import { fileIn, readImage } from '../images/archive.ts'
import { buildImages } from '../images/build.ts'
import { findBuilder } from '../images/builder.ts'
import { imageSpecs } from '../images/images.ts'
import type { Progress } from '../local/progress.ts'
import { checksums, entriesOf, type Manifest, publishedManifest, tgz } from './artifacts.ts'
import { debianPackages, imageSbom } from './image-sbom.ts'
import { licenceFaults } from './licences.ts'
import { lockfileFaults } from './lockfile.ts'
import { dist, json, locked, notices, root, shipped, text } from './project.ts'
import { type Sbom, settled } from './sbom.ts'
import { newestIn, versionFaults } from './versions.ts'

export interface ReleaseOptions {
  readonly tag?: string
  readonly repository?: string
  readonly images: boolean
  readonly pinned?: boolean
}

const progress: Progress = {
  step: (name) => console.error(`  ${name} …`),
  note: (text) => console.error(`  ${text}`),
  done: () => undefined,
}

export const stopAt = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

const npmSbom = (): Sbom => {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev']
  return JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })) as Sbom
}

const asFile = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

export const sbom = (found: Sbom = npmSbom()): string => {
  const known = new Set(found.components.map(({ name }) => name))
  const copied = shipped().filter(({ name }) => !known.has(name))
  return asFile(settled(found, copied, buildTime()))
}

const faults = (manifest: Manifest, tag: string | undefined): string[] => {
  const chart = parse(text('infra/helm/kubeopencode/Chart.yaml')) as { version: string; appVersion: string }
  const versions = {
    package: manifest.version,
    lockfile: (json('package-lock.json') as { version: string }).version,
    chart: chart.version,
    appVersion: chart.appVersion,
    images: imageVersion,
    changelog: newestIn(text('CHANGELOG.md')),
  }
  return [...lockfileFaults(locked), ...licenceFaults(shipped()), ...versionFaults(versions, tag)]
}

const npmPackage = async (manifest: Manifest, repository: string | undefined, made: string): Promise<Buffer> => {
  await bundle(['kubeoc', 'ui'], made)
  const asEntry = (path: string, content: string) => ({
    path: `package/${path}`,
    content: Buffer.from(content),
    mode: 0o644,
  })
  const entries = [
    asEntry('package.json', publishedManifest(manifest, repository)),
    ...['LICENSE', 'README.md'].map((file) => asEntry(file, text(file))),
    asEntry('THIRD-PARTY-LICENCES.txt', notices()),
    ...entriesOf(join(made, 'dist'), 'package/dist'),
  ]
  return tgz(entries)
}

const sumOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** The images but for the demo's, each with its SBOM, and `images.txt`, which says the id of each. Returns the names of the files. */
const imageFiles = async (
  folder: string,
  version: string,
  bundled: Sbom,
  { tag, pinned = false }: ReleaseOptions,
): Promise<readonly string[]> => {
  const names = imageSpecs.filter(({ name }) => name !== 'demo').map(({ name }) => name)
  const time = buildTime()
  const built = await buildImages({
    names,
    time,
    isPinned: pinned,
    outDir: join(dist, 'images'),
    progress,
    ...(tag !== undefined && { tag }),
  })
  const rows: string[] = []
  const files: string[] = []
  for (const { name, reference, archive } of built) {
    const spec = imageSpecs.find((each) => each.name === name)
    const image = readImage(archive)
    const file = `${basename(spec?.repository ?? name)}-${version}.image`
    progress.step(`pack ${file}.tar.gz`)
    await pipeline(createReadStream(archive), createGzip(), createWriteStream(join(folder, `${file}.tar.gz`)))
    const copied = shipped().filter(({ path }) =>
      Object.values(spec?.files ?? {}).some((source) => source.startsWith(`${path}/`)),
    )
    const contents = imageSbom({
      reference,
      id: image.id,
      debian: debianPackages(fileIn(image, 'var/lib/dpkg/status')?.toString() ?? ''),
      copied,
      bundled: (spec?.programs ?? []).length > 0 ? bundled.components : [],
      time,
    })
    writeFileSync(join(folder, `${file}.cdx.json`), asFile(contents))
    rows.push(`${image.id} ${reference} ${file}.tar.gz ${file}.cdx.json\n`)
    files.push(`${file}.tar.gz`, `${file}.cdx.json`)
  }
  writeFileSync(join(folder, 'images.txt'), rows.join(''))
  return [...files, 'images.txt']
}

const sized = (bytes: number): string => {
  if (bytes < 2 ** 10) return `${bytes} B`
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`
}

/** Early, as what goes before the images takes its time, too. */
const hasBuilder = (): Promise<unknown> =>
  findBuilder().catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`${said} Or leave the images out: npm run release -- --no-images.`, { cause: error })
  })

/** Throws an Error whose message says what is not as it has to be. */
export const buildRelease = async (options: ReleaseOptions): Promise<void> => {
  const manifest = json('package.json') as Manifest
  stopAt(faults(manifest, options.tag))
  if (options.images) await hasBuilder()
  const folder = join(dist, 'release')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const made = join(folder, 'made')
  const { name, version } = manifest
  progress.step('pack the npm package, the chart and the manifests')
  const bundled = npmSbom()
  const files = new Map<string, Buffer>([
    [`${name}-${version}.npm.tgz`, await npmPackage(manifest, options.repository, made)],
    [`${name}-${version}.tgz`, tgz(entriesOf(join(root, 'infra/helm/kubeopencode'), name))],
    ['install.yaml', readFileSync(join(root, 'infra/manifests/install.yaml'))],
    [`${name}-${version}.cdx.json`, Buffer.from(sbom(bundled))],
    ['THIRD-PARTY-LICENCES.txt', Buffer.from(notices())],
  ])
  rmSync(made, { recursive: true })
  for (const [file, content] of files) writeFileSync(join(folder, file), content)
  const all = [...files.keys(), ...(options.images ? await imageFiles(folder, version, bundled, options) : [])]
  const sums = await Promise.all(all.map(async (file) => [file, await sumOf(join(folder, file))] as const))
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(new Map(sums)))
  for (const file of [...all.toSorted(), 'SHA256SUMS'])
    console.log(`${relative(process.cwd(), join(folder, file))}  ${sized(statSync(join(folder, file)).size)}`)
  if (options.images && !options.pinned)
    progress.note(
      'These images are of the packages of today, and of a base made here where that which is named could not be pulled: what is published is built with --pinned.',
    )
}
