/**
 * How far a client has read a Task's log: the container, the time of its last line, and which of the lines of that time it
 * was. The apiserver goes on from a whole second alone, so that the lines before are read again and left out.
 */
export interface Position {
  readonly container: string
  /** As the kubelet wrote it, with nanoseconds. */
  readonly time: string
  readonly count: number
}

const form =
  /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)\/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))\/(\d{1,9})$/

export const positionText = ({ container, time, count }: Position): string => `${container}/${time}/${count}`

/** Undefined for what is no position. */
export const positionOf = (text: string): Position | undefined => {
  const [, container, , time, count] = form.exec(text) ?? []
  return container === undefined || time === undefined ? undefined : { container, time, count: Number(count) }
}

export interface LogLine {
  readonly position: Position
  readonly text: string
}

/** Lines with the time before them → lines with a place, after `after` where it is given. */
export async function* placed(
  lines: AsyncIterable<string>,
  container: string,
  after?: Position,
): AsyncGenerator<LogLine> {
  let time = ''
  let count = 0
  for await (const line of lines) {
    const space = line.indexOf(' ')
    const stamp = space < 0 ? line : line.slice(0, space)
    const isStamped = /^\d{4}-\d\d-\d\dT/.test(stamp)
    if (isStamped && stamp !== time) {
      time = stamp
      count = 0
    }
    count += 1
    if (after && isBefore({ time, count }, after)) continue
    yield { position: { container, time, count }, text: isStamped ? line.slice(stamp.length + 1) : line }
  }
}

/** Nanoseconds, which a Date has not: the parts before and after the point are compared by themselves. */
const partsOf = (time: string): [number, string] => {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  return [Math.floor(Date.parse(time) / 1000), fraction.padEnd(9, '0')]
}

const isBefore = (one: { time: string; count: number }, after: Position): boolean => {
  const [seconds, fraction] = partsOf(one.time)
  const [afterSeconds, afterFraction] = partsOf(after.time)
  if (seconds !== afterSeconds) return seconds < afterSeconds
  if (fraction !== afterFraction) return fraction < afterFraction
  return one.count <= after.count
}
