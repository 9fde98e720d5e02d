import { execFileSync } from 'node:child_process'

/**
 * Seconds: when what is made here says it was made. That of the commit, unless the builder says otherwise, so that the same
 * commit gives the same bytes (https://reproducible-builds.org/specs/source-date-epoch/). Throws where neither can be known.
 */
export const buildTime = (): number => {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given !== undefined) {
    if (/^\d{1,11}$/.test(given)) return Number(given)
    throw new Error(`SOURCE_DATE_EPOCH is "${given}"; it must be a number of seconds since 1970.`)
  }
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], options))
  } catch (error) {
    throw new Error('There is no commit here to take the time from; set SOURCE_DATE_EPOCH to seconds since 1970.', {
      cause: error,
    })
  }
}
