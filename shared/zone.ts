const MINUTE = 60_000

/** Makers of texts such as `2026, GMT+02:00`; making one costs a hundred times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Throws a RangeError for a name that this system does not know. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', year: 'numeric' })
  formats.set(timeZone, format)
  return format
}

/** A name of the IANA time zone database. Intl also takes offsets such as +01:00, which are no names. */
export const isZone = (timeZone: string): boolean => {
  if (!/^[A-Za-z]/.test(timeZone)) return false
  try {
    formatOf(timeZone)
    return true
  } catch {
    return false
  }
}

/**
 * What to add to an instant to get the wall clock of that zone, both in milliseconds since 1970; the wall clock is
 * written as if it were UTC. Throws a RangeError for an unknown zone.
 */
export const offsetAt = (timeZone: string, instant: number): number => {
  const text = formatOf(timeZone).format(instant)
  const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  if (sign === undefined) return 0
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1000
  return sign === '-' ? -size : size
}

/**
 * The minute at which the offset of `from` ends, in (from, to], whole minutes since 1970 in milliseconds. The offset at
 * `to` must be another one; where it changed several times in between, it is one of these changes.
 */
export const changeBetween = (timeZone: string, from: number, to: number): number => {
  const offset = offsetAt(timeZone, from)
  let [kept, changed] = [Math.floor(from / MINUTE), Math.ceil(to / MINUTE)]
  while (changed - kept > 1) {
    const middle = Math.floor((kept + changed) / 2)
    if (offsetAt(timeZone, middle * MINUTE) === offset) kept = middle
    else changed = middle
  }
  return changed * MINUTE
}
