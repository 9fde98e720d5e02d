const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = 'January February March April May June July August September October November December'.split(' ')

const two = (number: string): string => number.padStart(2, '0')

/** Words as people list them: `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

/** Number or English name of a value in a field; undefined for what is none. */
const named = (text: string, names: readonly string[], first: number): string | undefined => {
  if (/^\d{1,2}$/.test(text)) return names[(Number(text) - first) % names.length]
  return /^[a-z]{3}$/i.test(text) ? names.find((name) => name.toLowerCase().startsWith(text.toLowerCase())) : undefined
}

const items = (field: string, names: readonly string[], first: number): string | undefined => {
  const words = field.split(',').map((part) => {
    const [from = '', to, ...more] = part.split('-')
    const start = named(from, names, first)
    if (to === undefined || more.length > 0) return more.length > 0 ? undefined : start
    const end = named(to, names, first)
    return start && end && `${start} to ${end}`
  })
  return words.every((word) => word !== undefined) ? listed(words) : undefined
}

const ordinal = (number: number): string => {
  const ending = number % 100 >= 11 && number % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th')
  return `${number}${ending}`
}

const timeOfDay = (minute: string, hour: string): string | undefined => {
  const isPlain = (field: string): boolean => /^\d{1,2}$/.test(field)
  const every = /^\*\/(\d{1,2})$/
  if (minute === '*' && hour === '*') return 'every minute'
  const minutes = every.exec(minute)?.[1]
  if (minutes !== undefined && hour === '*') return minutes === '1' ? 'every minute' : `every ${minutes} minutes`
  if (!isPlain(minute)) return undefined
  if (hour === '*') return minute === '0' ? 'every hour' : `every hour at minute ${Number(minute)}`
  const hours = every.exec(hour)?.[1]
  if (hours !== undefined)
    return `every ${hours === '1' ? 'hour' : `${hours} hours`}${minute === '0' ? '' : ` at minute ${Number(minute)}`}`
  const all = hour.split(',')
  return all.every(isPlain) ? `at ${listed(all.map((one) => `${two(one)}:${two(minute)}`))}` : undefined
}

const daysOfMonth = (field: string): string | undefined => {
  if (field === 'L') return 'on the last day of the month'
  const all = field.split(',')
  return all.every((one) => /^\d{1,2}$/.test(one))
    ? `on the ${listed(all.map((one) => ordinal(Number(one))))}`
    : undefined
}

/** A schedule of five fields in words; undefined where the words would be harder to read than the fields. */
export const cronInWords = (schedule: string): string | undefined => {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = schedule.trim().split(/\s+/)
  if (weekday === '' || more.length > 0) return undefined
  const isAny = (field: string): boolean => field === '*' || field === '?'
  const time = timeOfDay(minute, hour)
  // A time alone sounds like once.
  const isDaily = isAny(day) && isAny(weekday) && time?.startsWith('at ') === true
  const parts = [isDaily ? `every day ${time}` : time]
  // Where both are given either is enough, which is what nobody expects: the fields say it better.
  if (!isAny(day) && !isAny(weekday)) return undefined
  if (!isAny(day)) parts.push(daysOfMonth(day))
  if (!isAny(weekday)) {
    const found = items(weekday, days, 0)
    parts.push(found && (found === 'Monday to Friday' ? 'on weekdays' : `on ${found}`))
  }
  if (!isAny(month)) {
    const found = items(month, months, 1)
    parts.push(found && `in ${found}`)
  }
  if (parts.includes(undefined)) return undefined
  return parts.join(' ')
}
