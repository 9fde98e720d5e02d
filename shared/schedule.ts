import { CronExpressionParser } from 'cron-parser/dist/CronExpressionParser.js'

/** When a CronTask runs. */
export interface Schedule {
  /** The first slot strictly after `after`; undefined when there is none. */
  next(after: Date): Date | undefined
}

/** What is wrong, in the words of the two fields of a CronTask. */
export interface ScheduleProblem {
  readonly field: 'schedule' | 'timeZone'
  readonly message: string
}

const longestSchedule = 256
const longestZone = 64

/** One item of a field: `*`, a value, a range, with a step; `L` the last day, `5L` the last Friday, `1#2` the second Monday. */
const item = /^(?:[*?]|L|[0-7]L|[0-7]#[1-5]|(?:\d{1,2}|[A-Z]{3})(?:-(?:\d{1,2}|[A-Z]{3}))?)(?:\/\d{1,2})?$/i

/** Every schedule that fires at all fires within eight years of it: 1896 to 1904 is the longest way between leap days. */
const anchor = new Date('2000-01-01T00:00:00Z')

const isZone = (timeZone: string): boolean => {
  // Intl also takes offsets such as +01:00, which are no names of zones.
  if (timeZone.length > longestZone || !/^[A-Za-z]/.test(timeZone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
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
  if (!isZone(timeZone)) return wrong('timeZone', 'is no time zone this system knows: use a name such as Europe/Berlin')
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
  const text = fields.join(' ')
  const next = (after: Date): Date =>
    CronExpressionParser.parse(text, { currentDate: after, tz: timeZone }).next().toDate()
  try {
    next(anchor)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return wrong(
      'schedule',
      /explicit day of month|loop limit/i.test(reason)
        ? 'can never fire, because no month it names has such a day: choose another day or month'
        : `cannot be read (${reason}): correct it, such as 0 9 * * 1-5`,
    )
  }
  return {
    schedule: {
      next: (after) => {
        try {
          return next(after)
        } catch {
          return undefined
        }
      },
    },
  }
}
