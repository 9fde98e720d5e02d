import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { goEnvironment } from './build.ts'
import { cacheFolder } from './binaries.ts'
import { withLock } from './lock.ts'
import { platform } from './programs.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'
import { tar } from './tar.ts'

/**
 * A docker-archive of one image that holds one static program.
 * https://github.com/moby/docker-image-spec/blob/main/v1.2.md, "Combined Image JSON + Filesystem Changeset Format"
 */
const archiveOf = (image: string, program: string, binary: Buffer): Buffer => {
  const layer = tar([{ path: program, content: binary, mode: 0o755 }])
  const config = {
    architecture: platform.arch,
    os: 'linux',
    config: { Entrypoint: [`/${program}`] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  }
  const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }]
  return tar([
    { path: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)), mode: 0o644 },
    { path: 'config.json', content: Buffer.from(JSON.stringify(config)), mode: 0o644 },
    { path: 'layer.tar', content: layer, mode: 0o644 },
  ])
}

/**
 * The docker-archive of `image` with the program in go/`program` as its entrypoint, built when it is not in the cache.
 * The file's name holds a digest of the source, so that a changed program is a new file.
 */
export const tinyImage = async (program: string, image: string, progress: Progress): Promise<string> => {
  const source = join(import.meta.dirname, 'go', program)
  const digest = createHash('sha256')
    .update(readFileSync(join(source, 'main.go')))
    .update(image)
    .digest('hex')
    .slice(0, 12)
  const file = join(cacheFolder(), 'images', `${program}-${digest}.tar`)
  if (existsSync(file)) return file
  mkdirSync(dirname(file), { recursive: true })
  await withLock(`${file}.lock`, async () => {
    if (existsSync(file)) return
    progress.step(`build ${program}`)
    const folder = mkdtempSync(join(dirname(file), 'unfinished-'))
    try {
      const options = { cwd: source, env: { ...goEnvironment, GOOS: 'linux' } }
      await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(folder, program), '.'], options)
      writeFileSync(join(folder, 'image.tar'), archiveOf(image, program, readFileSync(join(folder, program))))
      renameSync(join(folder, 'image.tar'), file)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    progress.done()
  })
  return file
}
