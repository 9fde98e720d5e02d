import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Asset, Dashboard } from '../../../functions/api/dashboard.ts'

/** Beside the folder of a program with parts, in the image and in `dist/`, or in `dist/` of the sources. */
const folders = ['../../ui', '../../../dist/ui'].map((path) => join(import.meta.dirname, path))

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const assetOf = (file: string): Asset => {
  const bytes = new Uint8Array(readFileSync(file))
  const packed = new Uint8Array(gzipSync(bytes, { level: 9 }))
  return {
    bytes,
    type: types[extname(file)] ?? 'application/octet-stream',
    ...(packed.length < bytes.length && { gzip: packed }),
  }
}

/** Reads the dashboard that `npm run bundle` has built, whole, once; undefined where there is none. */
export const readDashboard = (from: readonly string[] = folders): Dashboard | undefined => {
  const folder = from.find((path) => existsSync(join(path, 'index.html')) && existsSync(join(path, 'assets')))
  if (folder === undefined) return undefined
  const assets = join(folder, 'assets')
  return {
    page: readFileSync(join(folder, 'index.html'), 'utf8'),
    files: new Map(readdirSync(assets).map((name) => [name, assetOf(join(assets, name))])),
  }
}
