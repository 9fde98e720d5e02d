import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fileIn, readImage } from './archive.ts'
import { buildTwice } from './twice.ts'

const folder = mkdtempSync(join(tmpdir(), 'koc-reproducible-'))
afterAll(() => rmSync(folder, { recursive: true }))

// The smallest image that installs packages and makes a user: what differs in others differs there.
describe('agent-attach', () => {
  const time = Date.parse('2026-09-10T11:12:13Z') / 1000

  test(
    'is the same image when it is built again, with nothing of an earlier build',
    { timeout: 2_700_000 },
    async () => {
      const [built] = await buildTwice({ names: ['agent-attach'], outDir: folder, time })
      expect(built).toMatchObject({ name: 'agent-attach', differences: [] })
      expect(built?.id).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(built?.layers.length).toBeGreaterThan(1)
      // The sums of a release are those of archives.
      const [first, second] = ['first', 'second'].map((build) => readFileSync(join(folder, build, 'agent-attach.tar')))
      expect(second && first?.equals(second)).toBe(true)
    },
  )

  // Both builds are of the same day, so that what tells the day has to be looked at.
  test('holds nothing that is newer than the commit', () => {
    const image = readImage(join(folder, 'first/agent-attach.tar'))
    const entries = image.layers.flatMap((layer) => layer.entries)
    expect(entries.length).toBeGreaterThan(1000)
    expect(entries.filter((entry) => entry.time > time).map(({ path }) => path)).toEqual([])
    const day = Math.floor(time / 86_400)
    expect(fileIn(image, 'etc/shadow')?.toString()).toContain(`agent:!:${day}:`)
    expect(image.config).toMatchObject({ created: '2026-09-10T11:12:13Z' })
    expect(JSON.stringify(image.config)).not.toContain('io.buildah.version')
  })
})
