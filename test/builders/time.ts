/** The moment every table of cases happens at. */
export const now = new Date('2026-06-01T12:00:00Z')

/** RFC 3339, `seconds` after `now`; negative for the past. */
export const at = (seconds: number): string => `${new Date(now.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`

export const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)
