import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { tar, type TarEntry } from '../local/tar.ts'
import { fileIn, readImage, type Image } from './archive.ts'
import { differences } from './compare.ts'

const folder = mkdtempSync(join(tmpdir(), 'koc-archive-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (path: string, content: string, mode = 0o644): TarEntry => ({ path, content: Buffer.from(content), mode })
const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

let count = 0
/** As buildah saves it. */
const saved = (layers: readonly (readonly TarEntry[])[], config: object = {}): string => {
  const tars = layers.map((entries) => tar(entries))
  const ids = tars.map(digestOf)
  const json = Buffer.from(JSON.stringify({ ...config, rootfs: { diff_ids: ids.map((id) => `sha256:${id}`) } }))
  const manifest = [{ Config: `${digestOf(json)}.json`, Layers: ids.map((id) => `${id}.tar`) }]
  const archive = join(folder, `${(count += 1)}.tar`)
  writeFileSync(
    archive,
    tar([
      ...tars.map((content, at) => ({ path: `${ids[at]}.tar`, content, mode: 0o444 })),
      { path: `${digestOf(json)}.json`, content: json, mode: 0o444 },
      file('manifest.json', JSON.stringify(manifest)),
    ]),
  )
  return archive
}

const base: readonly TarEntry[] = [file('etc/os-release', 'debian'), file('usr/bin/sh', 'elf', 0o755)]
const image = (layers: readonly (readonly TarEntry[])[], config?: object): Image => readImage(saved(layers, config))

describe('two builds', () => {
  const config = (created = '2026-08-24T00:00:00Z', from = 'debian') => ({
    created,
    history: [{ comment: `FROM ${from}` }],
  })
  const first = image([base, [file('app/main.js', 'one')]], config())
  const cases: { name: string; layers: TarEntry[][]; created?: string; from?: string; says: string[] }[] = [
    { name: 'of the same bytes are one image', layers: [[...base], [file('app/main.js', 'one')]], says: [] },
    {
      name: 'of another content',
      layers: [[...base], [file('app/main.js', 'two')]],
      says: ['layer 2: app/main.js: another content'],
    },
    {
      name: 'of other rights',
      layers: [[...base], [file('app/main.js', 'one', 0o600)]],
      says: ['layer 2: app/main.js: mode 420 and 384'],
    },
    {
      name: 'of which one has a file more',
      layers: [[...base, file('var/log/apt', 'now')], [file('app/main.js', 'one')]],
      says: ['layer 1: var/log/apt: only in the second'],
    },
    {
      name: 'in another order',
      layers: [base.toReversed(), [file('app/main.js', 'one')]],
      says: ['layer 1: the order of its files'],
    },
    { name: 'of which one has a layer less', layers: [[...base]], says: ['layer 2: only in the first'] },
    {
      name: 'of another time',
      layers: [[...base], [file('app/main.js', 'one')]],
      created: '2026-08-25T00:00:00Z',
      says: ['configuration.created: "2026-08-24T00:00:00Z" and "2026-08-25T00:00:00Z"'],
    },
    {
      name: 'of which one stands on another name',
      layers: [[...base], [file('app/main.js', 'one')]],
      from: 'debian:12',
      says: ['configuration.history.0.comment: "FROM debian" and "FROM debian:12"'],
    },
  ]
  test.each(cases)('$name', ({ layers, created, from, says }) => {
    const second = image(layers, config(created, from))
    expect(differences(first, second)).toEqual(says)
    expect(second.id === first.id).toBe(says.length === 0)
  })

  test('that differ in everything are told in some lines', () => {
    const many = (content: string) =>
      image([Array.from({ length: 50 }, (_, at) => file(`file-${at}`, `${content}${at}`))])
    expect(differences(many('a'), many('b')).slice(-2)).toEqual(['layer 1: file-19: another content', 'and 30 more'])
  })
})

describe('an archive', () => {
  test('has the file of its uppermost layer', () => {
    const two = image([base, [file('etc/os-release', 'newer')]])
    expect(fileIn(two, 'etc/os-release')?.toString()).toBe('newer')
    expect(fileIn(two, 'usr/bin/sh')?.toString()).toBe('elf')
    expect(fileIn(two, 'usr/bin/absent')).toBeUndefined()
  })

  test('names its layers by their bytes, whatever it says of them', () =>
    expect(image([base]).layers.map(({ digest }) => digest)).toEqual([`sha256:${digestOf(tar(base))}`]))

  test('that is none is told by its name', () => {
    const other = join(folder, 'other.tar')
    writeFileSync(other, tar(base))
    expect(() => readImage(other)).toThrow(`${other} is no docker-archive of one image: it has no manifest.json.`)
  })
})
