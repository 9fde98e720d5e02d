import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'

const script = join(import.meta.dirname, 'publish-images')
const id = `sha256:${'1d'.repeat(32)}`
const digest = `sha256:${'d1'.repeat(32)}`
const repository = 'registry.example.com/koc/kubeopencode'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'koc-publish-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** A registry that gives back what it was given, or another image. */
const fakes = (given: string): Readonly<Record<string, string>> => ({
  skopeo: `case "$1" in
    copy) cat "\${4#docker-archive:}" > "$0.given"; echo -n ${digest} > "$3" ;;
    inspect) echo '{"config":{"digest":"${given}"}}' ;;
  esac`,
  helm: `echo "Pushed: registry.example.com/koc/charts/kubeopencode:1.2.3"; echo "Digest: ${digest}"`,
  cosign: '[ "$1" != sign-blob ] || echo signed > "$4"',
})

const publish = (given = id, change: (release: string) => void = () => {}) => {
  const release = join(folder, 'release')
  const bin = join(folder, 'bin')
  const calls = join(folder, 'calls')
  mkdirSync(release)
  mkdirSync(bin)
  writeFileSync(calls, '')
  for (const [name, body] of Object.entries(fakes(given)))
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${calls}"\n${body}\n`, { mode: 0o755 })
  for (const name of ['a.image.tar.gz', 'a.image.cdx.json', 'kubeopencode-1.2.3.tgz', 'kubeopencode-1.2.3.npm.tgz'])
    writeFileSync(join(release, name), name.endsWith('.gz') ? gzipSync(`the image of ${name}`) : name)
  writeFileSync(join(release, 'images.txt'), `${id} ${repository}:v1.2.3 a.image.tar.gz a.image.cdx.json\n`)
  writeFileSync(join(release, 'SHA256SUMS'), execFileSync('sh', ['-c', 'sha256sum *'], { cwd: release }))
  change(release)
  const { status, stderr } = spawnSync(script, [release], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
  })
  return { status, stderr, release, calls: readFileSync(calls, 'utf8').trimEnd().split('\n') }
}

test('what the registry has is signed, by its digest', () => {
  const { status, calls, release } = publish()
  const copy = calls[0]?.replace(/--digestfile \S+ docker-archive:\S+/, '--digestfile FILE docker-archive:FILE')
  expect([status, copy, ...calls.slice(1)]).toEqual([
    0,
    `skopeo copy --digestfile FILE docker-archive:FILE docker://${repository}:v1.2.3`,
    `skopeo inspect --raw docker://${repository}@${digest}`,
    `cosign sign --yes ${repository}@${digest}`,
    `cosign attest --yes --type cyclonedx --predicate a.image.cdx.json ${repository}@${digest}`,
    'helm push kubeopencode-1.2.3.tgz oci://registry.example.com/koc/charts',
    `cosign sign --yes registry.example.com/koc/charts/kubeopencode@${digest}`,
    'cosign sign-blob --yes --bundle SHA256SUMS.sigstore.json SHA256SUMS',
    'cosign sign-blob --yes --bundle image-digests.txt.sigstore.json image-digests.txt',
  ])
  // Unpacked: skopeo says "invalid tar header" otherwise.
  expect(readFileSync(join(folder, 'bin/skopeo.given'), 'utf8')).toBe('the image of a.image.tar.gz')
  expect(readFileSync(join(release, 'image-digests.txt'), 'utf8')).toBe(
    `${'d1'.repeat(32)}  ${repository}\n${'d1'.repeat(32)}  registry.example.com/koc/charts/kubeopencode\n`,
  )
})

test('another image than the one that was built is not signed', () => {
  const { status, stderr, calls, release } = publish(`sha256:${'0e'.repeat(32)}`)
  expect(status).toBe(1)
  expect(stderr).toContain(`${repository}@${digest} is the image sha256:0e`)
  expect(calls.filter((call) => call.startsWith('cosign'))).toEqual([])
  expect(existsSync(join(release, 'image-digests.txt'))).toBe(false)
})

test('files that are not those of the checksums are not published', () => {
  const { status, calls } = publish(id, (release) => writeFileSync(join(release, 'a.image.tar.gz'), 'another'))
  expect([status, calls]).toEqual([1, ['']])
})

test('a folder without images is told with what makes one', () => {
  const { status, stderr } = spawnSync(script, [folder], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('npm run release -- --pinned')
  expect(stderr).toContain('usage: infra/release/publish-images FOLDER')
})
