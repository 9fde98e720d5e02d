/** A child's name holds the seconds since 1970 of its slot, or of the moment it was asked for by hand. */
export const childName = (cronTask: string, seconds: number): string => `${cronTask}-${seconds}`

/** The seconds in the name of a child; undefined for a name that is none of ours. */
export const secondsOf = (cronTask: string, name: string): number | undefined => {
  const rest = name.startsWith(`${cronTask}-`) ? name.slice(cronTask.length + 1) : ''
  return /^\d{1,11}$/.test(rest) ? Number(rest) : undefined
}

/** Slots are whole minutes; a run that was asked for by hand has a second that no slot has. */
export const isSlot = (seconds: number): boolean => seconds % 60 === 0

/** The seconds for a run asked for at `now`: after the last such run, and never those of a slot. */
export const triggerSeconds = (now: Date, lastTriggerTime: string | undefined): number => {
  const last = lastTriggerTime === undefined ? 0 : Date.parse(lastTriggerTime) / 1000
  const seconds = Math.max(Math.floor(now.getTime() / 1000), last + 1)
  return isSlot(seconds) ? seconds + 1 : seconds
}

/** The seconds that were chosen for a trigger: the annotation's value once a copy of the function has begun to serve it. */
export const claimedSeconds = (annotation: string | undefined): number | undefined => {
  const seconds = annotation !== undefined && /^\d{9,11}$/.test(annotation) ? Number(annotation) : undefined
  return seconds === undefined || isSlot(seconds) ? undefined : seconds
}
