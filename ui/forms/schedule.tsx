import { useEffect, useState } from 'preact/hooks'
import { ApiProblem, read } from '../api/client.ts'
import { timeText } from '../text/ago.ts'
import { cronInWords } from '../text/cron-words.ts'

interface Next {
  readonly timeZone: string
  readonly times: readonly string[]
}

const patienceMs = 250

/** What a schedule means, while it is being written: in words, and when it would come due. */
export const SchedulePreview = ({ schedule, timeZone }: { schedule: string; timeZone: string }) => {
  const [next, setNext] = useState<Next>()
  const [fault, setFault] = useState<string>()
  useEffect(() => {
    if (schedule.trim() === '') return undefined
    const ending = new AbortController()
    const look = async (): Promise<void> => {
      const query = new URLSearchParams({ schedule, count: '3', ...(timeZone && { timeZone }) })
      try {
        setNext(await read<Next>(`/api/v1/schedule?${query}`, ending.signal))
        setFault(undefined)
      } catch (error) {
        if (ending.signal.aborted) return
        setNext(undefined)
        setFault(error instanceof ApiProblem ? error.message : String(error))
      }
    }
    const timer = setTimeout(() => void look(), patienceMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [schedule, timeZone])
  const words = cronInWords(schedule)
  return (
    <p class="preview" role="status">
      {schedule.trim() === '' ? (
        'For example 0 3 * * 1-5: at 03:00 on weekdays.'
      ) : fault ? (
        <span class="tone-bad">{fault}</span>
      ) : (
        <>
          {words && <strong>{words.charAt(0).toUpperCase() + words.slice(1)}. </strong>}
          {next && <>Next: {next.times.map((at) => timeText(at, next.timeZone)).join(' · ')}</>}
        </>
      )}
    </p>
  )
}
