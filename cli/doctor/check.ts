/** What one look has found. `unknown` is for what the person may not see. */
export interface Finding {
  readonly subject: string
  readonly state: 'ok' | 'warning' | 'fault' | 'unknown'
  readonly says: string
}

export const ok = (subject: string, says: string): Finding => ({ subject, state: 'ok', says })
export const warning = (subject: string, says: string): Finding => ({ subject, state: 'warning', says })
export const fault = (subject: string, says: string): Finding => ({ subject, state: 'fault', says })
export const unknown = (subject: string, says: string): Finding => ({ subject, state: 'unknown', says })

const dayMs = 24 * 3_600_000

/** What the end of a certificate's time means now. Certificates that renew themselves have at least a month left. */
export const certificateFinding = (subject: string, ends: Date, now: Date, remedy: string): Finding => {
  const left = ends.getTime() - now.getTime()
  const day = ends.toISOString().slice(0, 10)
  if (left <= 0) return fault(subject, `has expired on ${day}: ${remedy}`)
  if (left < 14 * dayMs) return warning(subject, `expires on ${day}, in ${Math.floor(left / dayMs)} days: ${remedy}`)
  return ok(subject, `is good until ${day}`)
}
