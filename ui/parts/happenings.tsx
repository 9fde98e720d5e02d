import { useEffect, useState } from 'preact/hooks'
import { pathOf, read } from '../api/client.ts'
import type { Plural } from '../api/types.ts'
import { Problem, Section } from './pieces.tsx'
import { Ago } from './times.tsx'

interface Happening {
  readonly type: string
  readonly reason: string
  readonly note: string
  readonly time: string
  readonly count: number
}

/** An Event is written a moment after what it tells of; several changes in a row are looked at once. */
const patienceMs = 700

/** What happened to an object in the last hour; asked again when the object has changed. */
export const Happenings = ({
  plural,
  namespace,
  name,
  version,
}: {
  plural: Plural
  namespace: string
  name: string
  version: string | undefined
}) => {
  const [items, setItems] = useState<readonly Happening[]>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    const ending = new AbortController()
    const look = async (): Promise<void> => {
      try {
        const path = `${pathOf(plural, namespace, name)}/events`
        setItems((await read<{ items: readonly Happening[] }>(path, ending.signal)).items)
        setProblem(undefined)
      } catch (error) {
        if (!ending.signal.aborted) setProblem((error as Error).message)
      }
    }
    const timer = setTimeout(() => void look(), items === undefined ? 0 : patienceMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [plural, namespace, name, version])
  return (
    <Section title="Events" aside="of the last hour">
      <Problem text={problem} />
      {items?.length === 0 && <p class="faint">There are none.</p>}
      {items !== undefined && items.length > 0 && (
        <ul class="conditions">
          {items.slice(0, 20).map(({ type, reason, note, time, count }) => (
            <li key={`${time} ${reason} ${note}`}>
              <div class="condition-head">
                <strong>{reason}</strong>
                {type !== 'Normal' && <span class="chip">{type}</span>}
                {count > 1 && <span class="faint">{count} times</span>}
                <span class="faint push">
                  <Ago at={time || undefined} />
                </span>
              </div>
              {note && <p>{note}</p>}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
