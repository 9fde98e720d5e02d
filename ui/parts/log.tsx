import { useEffect, useRef, useState } from 'preact/hooks'
import type { LogLine } from '../live/log-lines.ts'
import { createTail, matcher, plainText } from '../live/log-lines.ts'
import { followLog, wholeLog } from '../live/log-stream.ts'
import { Problem, Section } from './pieces.tsx'

const mostLines = 5_000

/** Of one line; made by hand, because a log of a hundred lines a second is no place for comparing trees. */
const elementOf = ({ container, time, line }: LogLine): HTMLElement => {
  const row = document.createElement('div')
  row.className = 'log-line'
  const head = document.createElement('span')
  head.className = 'log-head'
  head.textContent = `${time.slice(11, 19)} ${container}`
  const text = document.createElement('span')
  text.textContent = plainText(line) || ' '
  row.append(head, text)
  return row
}

const download = async (namespace: string, name: string): Promise<void> => {
  const url = URL.createObjectURL(await wholeLog(namespace, name))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = `${namespace}-${name}.log`
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export const LogView = ({ namespace, name }: { namespace: string; name: string }) => {
  const [isFollowing, setIsFollowing] = useState(true)
  const [isWrapped, setIsWrapped] = useState(true)
  const [search, setSearch] = useState('')
  const [containers, setContainers] = useState<readonly string[]>([])
  const [container, setContainer] = useState('')
  const [problem, setProblem] = useState<string>()
  const [note, setNote] = useState('Waiting for the first line …')
  const [isEmpty, setIsEmpty] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const view = useRef({ tail: createTail(mostLines), waiting: [] as LogLine[], matches: matcher(''), follow: true })

  const draw = (isAnew = false): void => {
    const { current } = view
    const element = box.current
    if (!element) return
    const lines = isAnew ? current.tail.lines() : current.waiting
    const shown = lines.filter(current.matches).map(elementOf)
    current.waiting = []
    if (isAnew) element.replaceChildren(...shown)
    else element.append(...shown)
    while (element.childElementCount > mostLines) element.firstElementChild?.remove()
    if (current.follow) element.scrollTop = element.scrollHeight
  }

  useEffect(() => {
    const { current } = view
    let frame = 0
    let count = 0
    const seen = new Set<string>()
    const stop = followLog(namespace, name, mostLines, {
      onLine: (line) => {
        current.tail.add(line)
        current.waiting.push(line)
        // A page that nobody looks at has no frames; what is not kept need not wait.
        if (current.waiting.length > mostLines) current.waiting = current.waiting.slice(-mostLines)
        count += 1
        if (!seen.has(line.container)) {
          seen.add(line.container)
          setContainers([...seen])
        }
        frame ||= requestAnimationFrame(() => {
          frame = 0
          draw()
          setNote(`${count} lines`)
        })
      },
      onEnd: (isGone) => {
        setNote(
          count > 0
            ? `${count} lines, complete`
            : isGone
              ? 'The Pod is gone, and its log with it.'
              : 'It said nothing.',
        )
        setIsEmpty(count === 0)
      },
      onProblem: setProblem,
    })
    return () => {
      stop()
      cancelAnimationFrame(frame)
    }
  }, [namespace, name])

  const narrow = (text: string, only: string): void => {
    view.current.matches = matcher(text, only)
    draw(true)
  }

  const follow = (isOn: boolean): void => {
    view.current.follow = isOn
    setIsFollowing(isOn)
    if (isOn && box.current) box.current.scrollTop = box.current.scrollHeight
  }

  return (
    <Section title="Log" aside={<span role="status">{note}</span>}>
      <div class="log-tools" hidden={isEmpty}>
        <input
          class="field grow"
          type="search"
          aria-label="Search the log"
          placeholder="Search the log  /"
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value)
            narrow(event.currentTarget.value, container)
          }}
        />
        {containers.length > 1 && (
          <select
            class="field"
            aria-label="Container"
            value={container}
            onChange={(event) => {
              setContainer(event.currentTarget.value)
              narrow(search, event.currentTarget.value)
            }}
          >
            <option value="">All containers</option>
            {containers.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
        <button type="button" class="button small" aria-pressed={isFollowing} onClick={() => follow(!isFollowing)}>
          Follow
        </button>
        <button type="button" class="button small" aria-pressed={isWrapped} onClick={() => setIsWrapped(!isWrapped)}>
          Wrap
        </button>
        <button
          type="button"
          class="button small"
          onClick={() => void download(namespace, name).catch((error: Error) => setProblem(error.message))}
        >
          Download
        </button>
      </div>
      <Problem text={problem} />
      <div
        ref={box}
        class={`log ${isWrapped ? 'wrapped' : ''}`}
        hidden={isEmpty}
        role="region"
        aria-label="Log"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          const isAtEnd = scrollHeight - scrollTop - clientHeight < 24
          if (isAtEnd === view.current.follow) return
          view.current.follow = isAtEnd
          setIsFollowing(isAtEnd)
        }}
      />
    </Section>
  )
}
