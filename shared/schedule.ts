import { CronExpressionParser } from 'cron-parser/dist/CronExpressionParser.js'
import { changeBetween, isZone, offsetAt } from './zone.ts'

/** When a CronTask runs. */
export interface Schedule {
  /** The first slot strictly after `after`, a whole minute; undefined when there is none. */
  next(after: Date): Date | undefined
}

/** What is wrong, in the words of the two fields of a CronTask. */
export interface ScheduleProblem {
  readonly field: 'schedule' | 'timeZone'
  readonly message: string
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const longestSchedule = 256
const longestZone = 64

/** One item of a field: `*`, a value, a range, with a step; `L` the last day, `5L` the last Friday, `1#2` the second Monday. */
const item = /^(?:[*?]|L|[0-7]L|[0-7]#[1-5]|(?:\d{1,2}|[A-Z]{3})(?:-(?:\d{1,2}|[A-Z]{3}))?)(?:\/\d{1,2})?$/i

/** Every schedule that fires at all fires within eight years of it: 1896 to 1904 is the longest way between leap days. */
const anchor = Date.parse('2000-01-01T00:00:00Z')

/** The five fields on a clock that is never changed. */
interface WallClock {
  /** The first match at or after `wall`, milliseconds since 1970 as if the wall clock were UTC. */
  readonly atOrAfter: (wall: number) => number
  /** Whether the hour field leaves out no hour. */
  readonly isEveryHour: boolean
}

/** Throws what cron-parser has against it. */
const readWallClock = (text: string): WallClock => {
  const expression = CronExpressionParser.parse(text, { currentDate: new Date(anchor), tz: 'UTC' })
  return {
    atOrAfter: (wall) => {
      expression.reset(new Date(wall - 1))
      return expression.next().getTime()
    },
    isEveryHour: expression.fields.hour.values.length === 24,
  }
}

/**
 * Where clocks are changed, in the spirit of cron (https://man7.org/linux/man-pages/man8/cron.8.html):
 * - A time of day runs once per local day. One that is left out runs later by what the clock was put forward, so 02:30
 *   becomes 03:30; one that comes twice runs the first time. Two that fall on one moment are one run.
 * - A schedule of every hour runs on whenever the clock shows a time of it: none is made up, and none is left out.
 */
const nextSlot = ({ atOrAfter, isEveryHour }: WallClock, timeZone: string, after: number): number => {
  let from = Math.floor(after / MINUTE) * MINUTE + MINUTE
  for (;;) {
    const offset = offsetAt(timeZone, from)
    const before = offsetAt(timeZone, from - DAY)
    let wall = from + offset
    let moved = Infinity
    if (before !== offset && !isEveryHour) {
      const change = changeBetween(timeZone, from - DAY, from)
      // What the clock showed before it was put back has run.
      if (offset < before) wall = Math.max(wall, change + before)
      else {
        const leftOut = atOrAfter(from + before)
        if (leftOut < change + offset) moved = leftOut - before
      }
    }
    const slot = Math.min(atOrAfter(wall) - offset, moved)
    // Between `from` and the slot the wall clock shows no match, so only a change close to either of them matters.
    const end = [Math.min(slot, from + DAY), slot].find((moment) => offsetAt(timeZone, moment) !== offset)
    if (end === undefined) return slot
    from = changeBetween(timeZone, from, end)
  }
}

/**
 * A schedule of five fields (minute, hour, day of month, month, day of week; https://man7.org/linux/man-pages/man5/crontab.5.html)
 * read in an IANA time zone, or what is wrong with it. One that can never fire, such as 30 February, is wrong too.
 */
export const parseSchedule = (
  expression: string,
  timeZone = 'UTC',
): { readonly schedule: Schedule } | { readonly problem: ScheduleProblem } => {
  const wrong = (field: ScheduleProblem['field'], message: string) => ({ problem: { field, message } })
  if (timeZone.length > longestZone || !isZone(timeZone))
    return wrong('timeZone', 'is no time zone this system knows: use a name such as Europe/Berlin')
  if (expression.length > longestSchedule)
    return wrong(
      'schedule',
      `must have at most ${longestSchedule} characters: leave out what a range or a step can say`,
    )
  const fields = expression.trim().split(/[ \t]+/)
  if (fields.length !== 5 || !fields.every((field) => field.split(',').every((part) => item.test(part))))
    return wrong(
      'schedule',
      'must have five fields: minute, hour, day of month, month, day of week, such as 0 9 * * 1-5',
    )
  try {
    const wallClock = readWallClock(fields.join(' '))
    wallClock.atOrAfter(anchor)
    return {
      schedule: {
        next: (after) => {
          try {
            return new Date(nextSlot(wallClock, timeZone, after.getTime()))
          } catch {
            return undefined
          }
        },
      },
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return wrong(
      'schedule',
      /explicit day of month|loop limit/i.test(reason)
        ? 'can never fire, because no month it names has such a day: choose another day or month'
        : `cannot be read (${reason}): correct it, such as 0 9 * * 1-5`,
    )
  }
}

/** The latest slot in (after, until]. The cost grows with the logarithm of that time, however many slots it holds. */
export const latestSlot = (schedule: Schedule, after: Date, until: Date): Date | undefined => {
  let latest = schedule.next(after)
  if (!latest || latest > until) return undefined
  let none = until.getTime()
  // No slot in (none, until], and slots are whole minutes.
  while (none - latest.getTime() >= MINUTE) {
    const middle = latest.getTime() + Math.floor((none - latest.getTime()) / 2)
    const slot = schedule.next(new Date(middle))
    if (slot && slot <= until) latest = slot
    else none = middle
  }
  return latest
}

/** How many slots there are in [from, before), counted up to `most`. `from` is one of them. */
export const countSlots = (schedule: Schedule, from: Date, before: Date, most: number): number => {
  let count = 0
  for (let slot: Date | undefined = from; slot && slot < before && count < most; slot = schedule.next(slot)) count += 1
  return count
}
