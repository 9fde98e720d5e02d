import { expect, test } from 'vitest'
import { cronInWords } from './cron-words.ts'

const cases: readonly (readonly [string, string | undefined])[] = [
  ['* * * * *', 'every minute'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 * * * *', 'every hour'],
  ['20 * * * *', 'every hour at minute 20'],
  ['0 */6 * * *', 'every 6 hours'],
  ['30 9 * * *', 'every day at 09:30'],
  ['0 9,17 * 12 ?', 'every day at 09:00 and 17:00 in December'],
  ['0 3 * * 1-5', 'at 03:00 on weekdays'],
  ['0 9,17 * * MON,fri', 'at 09:00 and 17:00 on Monday and Friday'],
  ['0 0 * * 7', 'at 00:00 on Sunday'],
  ['0 0 1 * *', 'at 00:00 on the 1st'],
  ['0 0 11,22,23 1-3 *', 'at 00:00 on the 11th, 22nd and 23rd in January to March'],
  ['0 0 L * *', 'at 00:00 on the last day of the month'],
  // The words would be longer than the fields, or wrong.
  ['0 0 13 * 5', undefined],
  ['0 9 * * 1#2', undefined],
  ['1-5 9 * * *', undefined],
  ['*/7 3-9/2 * * *', undefined],
  ['not a schedule', undefined],
  ['', undefined],
]

test.each(cases)('%s', (schedule, words) => expect(cronInWords(schedule)).toBe(words))
