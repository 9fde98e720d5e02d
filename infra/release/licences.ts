import type { Package } from './lockfile.ts'

/** SPDX identifiers of licences that let a program be passed on under Apache-2.0. */
export const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
])

/** Packages that do not say their licence themselves: OpenCode's program, of which the package opencode-ai says it. */
const elsewhere: Readonly<Record<string, string>> = { 'opencode-linux-x64': 'MIT' }

export interface Licensed {
  readonly name: string
  readonly version: string
  readonly licence: string
}

/** The licence of a package: of its own package.json, of the lockfile, else where it is said. */
export const licensed = (one: Package, installed: string | undefined): Licensed => ({
  name: one.name,
  version: one.version ?? '',
  licence: installed ?? one.license ?? elsewhere[one.name] ?? 'unknown',
})

/** One of several that are joined by OR is enough, all that are joined by AND are needed. */
const isAllowed = (licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((name) => allowed.has(name.trim())))

export const licenceFaults = (packages: readonly Licensed[]): string[] =>
  packages.flatMap(({ name, version, licence }) =>
    isAllowed(licence)
      ? []
      : [
          `${name}@${version} has the licence ${licence}: use another package, or have it looked at and listed in infra/release/licences.ts`,
        ],
  )
