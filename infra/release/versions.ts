/** Where the version of a release is written. */
export interface Versions {
  readonly package: string
  readonly lockfile: string
  readonly chart: string
  readonly appVersion: string
  readonly images: string
  readonly changelog: string
}

/** The newest version of CHANGELOG.md; `Unreleased` where the first section is that. */
export const newestIn = (changelog: string): string => /^## \[?([^\]\s]+)\]?/m.exec(changelog)?.[1] ?? ''

/** Faults of a release of `tag`, or of what is there where none is given. */
export const versionFaults = (versions: Versions, tag?: string): string[] => {
  const { package: version, lockfile, chart, appVersion, images, changelog } = versions
  const wanted = [
    { place: 'package-lock.json', found: lockfile, want: version },
    { place: 'version of Chart.yaml', found: chart, want: version },
    { place: 'appVersion of Chart.yaml', found: appVersion, want: `v${version}` },
    { place: 'shared/images.ts', found: images, want: `v${version}` },
    ...(tag === undefined
      ? []
      : [
          { place: 'the tag', found: tag, want: `v${version}` },
          { place: 'the first section of CHANGELOG.md', found: changelog, want: version },
        ]),
  ]
  return wanted.flatMap(({ place, found, want }) =>
    found === want ? [] : [`${place} says ${found || 'nothing'}, package.json ${version}: write ${want} there`],
  )
}
