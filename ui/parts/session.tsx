import { useState } from 'preact/hooks'
import type { Task } from '../api/types.ts'
import { agentOf } from '../text/filters.ts'
import { lazy } from './lazy.tsx'
import { Section } from './pieces.tsx'
import type { TranscriptProps } from './transcript.tsx'

const Transcript = lazy<TranscriptProps>(async () => (await import('./transcript.tsx')).default)

/** The session of a Task on its Agent's server, read when somebody wants to. */
export const SessionSection = ({ task }: { task: Task }) => {
  const [isShown, setIsShown] = useState(false)
  const hasOne = agentOf(task) !== undefined && task.status?.startTime !== undefined
  if (!hasOne) return null
  return (
    <Section
      title="Transcript"
      aside={
        <button type="button" class="button small" onClick={() => setIsShown(!isShown)}>
          {isShown ? 'Hide' : 'Show'}
        </button>
      }
    >
      {isShown ? <Transcript task={task} /> : <p class="faint">What was said and done, call by call.</p>}
    </Section>
  )
}
