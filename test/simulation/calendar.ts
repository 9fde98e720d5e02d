/**
 * What a schedule means, said a second time and in another way than shared/schedule.ts: as sets of moments, by asking the
 * calendar of every minute. It is slow, knows the fields this simulation uses, and shares no code with what it judges.
 */

const MINUTE = 60_000
const DAY = 1440 * MINUTE

const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

/** `1,5-9,*\/15` as the numbers it stands for. */
const numbersOf = (field: string, [lowest, highest]: readonly [number, number]): ReadonlySet<number> =>
  new Set(
    field.split(',').flatMap((part) => {
      const [span = '', step = '1'] = part.split('/')
      const [from = '', to = from] = span === '*' ? [String(lowest), String(highest)] : span.split('-')
      const last = part.includes('/') && !span.includes('-') && span !== '*' ? highest : Number(to)
      const count = Math.floor((last - Number(from)) / Number(step)) + 1
      return Array.from({ length: count }, (_, index) => Number(from) + index * Number(step))
    }),
  )

interface Fields {
  readonly isDay: (date: Date) => boolean
  readonly minutesOfDay: readonly number[]
  readonly isEveryHour: boolean
}

const fieldsOf = (expression: string): Fields => {
  const texts = expression.trim().split(/\s+/)
  const [minutes, hours, days, months, weekdays] = ranges.map((range, index) =>
    numbersOf(texts[index] ?? '*', range),
  ) as [ReadonlySet<number>, ReadonlySet<number>, ReadonlySet<number>, ReadonlySet<number>, ReadonlySet<number>]
  const isWeekday = (date: Date) => weekdays.has(date.getUTCDay()) || (date.getUTCDay() === 0 && weekdays.has(7))
  const isDate = (date: Date) => days.has(date.getUTCDate())
  // Where both are given either will do, as in crontab(5).
  const isEither = texts[2] !== '*' && texts[4] !== '*'
  return {
    isDay: (date) =>
      months.has(date.getUTCMonth() + 1) &&
      (isEither ? isDate(date) || isWeekday(date) : isDate(date) && isWeekday(date)),
    minutesOfDay: [...hours]
      .flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute))
      .toSorted((a, b) => a - b),
    isEveryHour: hours.size === 24,
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What clocks in `zone` show at `moment`, as if it were UTC. */
const shownAt = (zone: string, moment: number): number => {
  if (zone === 'UTC') return Math.floor(moment / MINUTE) * MINUTE
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  formats.set(zone, format)
  const part = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'))
}

/** Every moment within a day of `around` at which clocks in `zone` show `wall`, and what they showed a day before. */
const momentsOf = (zone: string, wall: number): number[] => {
  const offsets = new Set([-DAY, DAY].map((way) => shownAt(zone, wall + way) - (wall + way)))
  return [...offsets].map((offset) => wall - offset).filter((moment) => shownAt(zone, moment) === wall)
}

/** The moment for a time of day: the first where it is shown twice, and later by what was left out where it is never shown. */
const momentOf = (zone: string, wall: number): number => {
  const shown = momentsOf(zone, wall)
  if (shown.length > 0) return Math.min(...shown)
  const before = shownAt(zone, wall - DAY) - (wall - DAY)
  return wall - before
}

const dayOf = (wall: number): number => Math.floor(wall / DAY) * DAY

/** Slots of one local day, which begins at `day` as if clocks showed UTC. */
const readDay = ({ isDay, minutesOfDay, isEveryHour }: Fields, zone: string, day: number): number[] => {
  if (!isDay(new Date(day))) return []
  const walls = minutesOfDay.map((minute) => day + minute * MINUTE)
  return isEveryHour ? walls.flatMap((wall) => momentsOf(zone, wall)) : walls.map((wall) => momentOf(zone, wall))
}

const known = new Map<string, readonly number[]>()

const slotsOfDay = (expression: string, zone: string, day: number): readonly number[] => {
  const id = `${expression} ${zone} ${day}`
  const slots = known.get(id) ?? readDay(fieldsOf(expression), zone, day)
  known.set(id, slots)
  return slots
}

/** The first slot after `after` (milliseconds since 1970), looked for on the next 370 days; undefined where there is none. */
export const slotAfter = (expression: string, zone: string, after: number): number | undefined => {
  const first = dayOf(shownAt(zone, after)) - DAY
  for (let day = first; day < first + 370 * DAY; day += DAY) {
    const later = slotsOfDay(expression, zone, day).filter((slot) => slot > after)
    // A slot that was left out may come after the first ones of the next day.
    if (later.length > 0) {
      const next = slotsOfDay(expression, zone, day + DAY).filter((slot) => slot > after)
      return Math.min(...later, ...next)
    }
  }
  return undefined
}

export const isSlotOf = (expression: string, zone: string, moment: number): boolean =>
  slotAfter(expression, zone, moment - 1) === moment
