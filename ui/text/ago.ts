const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in the two largest units that say something: `12s`, `4m 5s`, `3h 2m`, `5d`. */
export const durationText = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < MINUTE) return `${whole}s`
  const two = (count: number, unit: string, rest: number, small: string): string =>
    rest === 0 ? `${count}${unit}` : `${count}${unit} ${rest}${small}`
  if (whole < HOUR) return two(Math.floor(whole / MINUTE), 'm', whole < 10 * MINUTE ? whole % MINUTE : 0, 's')
  if (whole < DAY) return two(Math.floor(whole / HOUR), 'h', Math.floor((whole % HOUR) / MINUTE), 'm')
  return two(Math.floor(whole / DAY), 'd', whole < 3 * DAY ? Math.floor((whole % DAY) / HOUR) : 0, 'h')
}

/** Seconds from one time to another, RFC 3339 each. */
export const secondsBetween = (from: string, until: string | Date): number =>
  ((typeof until === 'string' ? Date.parse(until) : until.getTime()) - Date.parse(from)) / 1000

/** The largest unit alone: what is read at a glance, and does not change each second. */
export const roughText = (seconds: number): string => {
  if (seconds < MINUTE) return `${Math.floor(seconds)}s`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`
  return seconds < DAY ? `${Math.floor(seconds / HOUR)}h` : `${Math.floor(seconds / DAY)}d`
}

/** How long ago or how far ahead a time is; clocks of two machines are never quite the same. */
export const distanceText = (at: string, now: Date): string => {
  const seconds = secondsBetween(at, now)
  if (Math.abs(seconds) < 2) return 'now'
  return seconds > 0 ? `${roughText(seconds)} ago` : `in ${roughText(-seconds)}`
}

/** A time for people, in their own zone unless another is named. */
export const timeText = (at: string, timeZone?: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(timeZone !== undefined && { timeZone }),
  }).format(new Date(at))
