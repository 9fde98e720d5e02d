/** Zones with clocks that are changed in every way: by an hour, by half of one, at midnight, in the other half of the year. */
export const zones = [
  { zone: 'Europe/Berlin', changes: ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'] },
  { zone: 'America/New_York', changes: ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'] },
  { zone: 'Australia/Lord_Howe', changes: ['2026-10-03T15:30:00Z', '2026-04-04T15:00:00Z'] },
  { zone: 'America/Santiago', changes: ['2026-09-06T04:00:00Z', '2026-04-05T03:00:00Z'] },
  { zone: 'Asia/Beirut', changes: ['2026-03-28T22:00:00Z', '2026-10-24T21:00:00Z'] },
  { zone: 'Pacific/Auckland', changes: ['2026-09-26T14:00:00Z', '2026-04-04T14:00:00Z'] },
] as const

/** Times that are left out or shown twice somewhere, times beside them, and schedules that follow the clock. */
export const dailySchedules = [
  '30 2 * * *',
  '15 0 * * *',
  '0 0,2,3 * * *',
  '30 1 * * *',
  '*/20 1-3 * * *',
  '0 * * * *',
  '30 */2 * * *',
  '10 2 * * 0',
] as const
