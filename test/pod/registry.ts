import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

/** One file of a package. */
export type PackageFiles = Readonly<Record<string, string>>

export interface Registry {
  readonly url: string
  readonly seen: { readonly path: string; readonly authorization: string | undefined }[]
  readonly close: () => Promise<void>
}

const field = (text: string, length: number): string => text.padEnd(length, '\0')

/** A tar archive (POSIX ustar) of plain files below `package/`. */
const tarball = (files: PackageFiles): Buffer => {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text)
    const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`
    const head = (checksum: string): string =>
      field(`package/${name}`, 100) +
      octal(0o644, 8) +
      octal(0, 8) +
      octal(0, 8) +
      octal(content.length, 12) +
      octal(0, 12) +
      checksum +
      '0' +
      field('', 100) +
      'ustar\x0000' +
      field('', 247)
    const sum = Buffer.from(head(' '.repeat(8)), 'latin1').reduce((total, byte) => total + byte, 0)
    return [
      Buffer.from(head(`${octal(sum, 7)} `), 'latin1'),
      content,
      Buffer.alloc((512 - (content.length % 512)) % 512),
    ]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

/** An npm registry on loopback with one version of each package; with `tls` over HTTPS, with `token` for its holders. */
export const startRegistry = async (
  packages: Readonly<Record<string, PackageFiles>>,
  options: { readonly tls?: { readonly key: string; readonly cert: string }; readonly token?: string } = {},
): Promise<Registry> => {
  const seen: { path: string; authorization: string | undefined }[] = []
  let url = ''
  const archives = Object.fromEntries(Object.entries(packages).map(([name, files]) => [name, tarball(files)]))
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    seen.push({ path, authorization: request.headers.authorization })
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
      return response.writeHead(401).end('{}')
    const archive = Object.entries(archives).find(([name]) => path === `/${name}.tgz`)?.[1]
    if (archive) return response.end(archive)
    const name = path.slice(1)
    const found = archives[name]
    const manifest = JSON.parse(packages[name]?.['package.json'] ?? '{}') as { version: string }
    if (!found) return response.writeHead(404).end('{}')
    const integrity = `sha512-${createHash('sha512').update(found).digest('base64')}`
    const version = { ...manifest, name, dist: { tarball: `${url}/${name}.tgz`, integrity } }
    return response
      .setHeader('content-type', 'application/json')
      .end(
        JSON.stringify({ name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: version } }),
      )
  }
  const server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    seen,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
