import { useEffect, useState } from 'preact/hooks'

const readers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** A text that follows the time: read again each second, drawn again only when it is another one. */
export const useTimeText = (text: (now: Date) => string): string => {
  const now = text(new Date())
  const [, setText] = useState(now)
  useEffect(() => {
    const read = (): void => setText(text(new Date()))
    readers.add(read)
    timer ??= setInterval(() => {
      for (const reader of readers) reader()
    }, 1000)
    return () => {
      readers.delete(read)
      if (readers.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  })
  return now
}
