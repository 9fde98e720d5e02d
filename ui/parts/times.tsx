import { distanceText, durationText, secondsBetween, timeText } from '../text/ago.ts'
import { useTimeText } from './clock.ts'

/** How long ago or ahead; the time itself for who points at it. */
export const Ago = ({ at }: { at: string | undefined }) => {
  const text = useTimeText((now) => (at === undefined ? '' : distanceText(at, now)))
  if (at === undefined) return <span class="faint">—</span>
  return (
    <time dateTime={at} title={timeText(at)}>
      {text}
    </time>
  )
}

/** From one time to another, or until now. */
export const Lasting = ({ from, until }: { from: string; until?: string | undefined }) => (
  <span>{useTimeText((now) => durationText(secondsBetween(from, until ?? now)))}</span>
)
