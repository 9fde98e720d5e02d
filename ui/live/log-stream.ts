import { ApiProblem, ask, pathOf, sentence } from '../api/client.ts'
import { waitMs } from './live.ts'
import type { LogLine } from './log-lines.ts'
import { messagesOf } from './messages.ts'

export interface LogEvents {
  readonly onLine: (line: LogLine) => void
  /** Nothing more is to come; the note says what of it nobody will see. */
  readonly onEnd: (note: string | undefined) => void
  /** Why nothing comes just now; undefined once it does. */
  readonly onProblem: (text: string | undefined) => void
}

interface Told extends LogLine {
  readonly note?: string
  readonly message?: string
  readonly code?: number
}

const cut = 'The log was cut; it goes on as soon as the server answers.'

const problemIn = ({ code = 503, message }: Told): ApiProblem =>
  new ApiProblem(code, message === undefined ? cut : sentence(message))

const noteIn = ({ note }: Told): string | undefined => (note === undefined ? undefined : sentence(note))

const isFinal = (error: unknown): error is ApiProblem =>
  error instanceof ApiProblem && error.code >= 400 && error.code < 500 && error.code !== 429

/** Follows the log of a Task until it is complete; goes on after the last line whenever the connection is lost. */
export const followLog = (namespace: string, name: string, tailLines: number, events: LogEvents): (() => void) => {
  const stopped = new AbortController()
  const { signal } = stopped
  let last: string | undefined
  let isTroubled = false
  const tellProblem = (text: string | undefined): void => {
    if (text === undefined && !isTroubled) return
    isTroubled = text !== undefined
    events.onProblem(text)
  }
  /** Whether it was read to its end. */
  const follow = async (onHeard: () => void): Promise<boolean> => {
    const response = await ask(`${pathOf('tasks', namespace, name)}/logs?follow=1&tailLines=${tailLines}`, {
      signal,
      ...(last !== undefined && { headers: { 'last-event-id': last } }),
    })
    tellProblem(undefined)
    for await (const { event, data, id } of messagesOf(response, signal, { onHeard })) {
      const told = JSON.parse(data) as Told
      if (event === 'problem') throw problemIn(told)
      if (event === 'interrupted') tellProblem(problemIn(told).message)
      if (event === 'log') {
        tellProblem(undefined)
        events.onLine(told)
      }
      if (id !== undefined) last = id
      if (event === 'complete') {
        tellProblem(undefined)
        events.onEnd(noteIn(told))
        return true
      }
    }
    return false
  }
  const run = async (): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const isComplete = await follow(() => {
          attempt = 0
        })
        if (isComplete) return
      } catch (error) {
        if (signal.aborted) return
        tellProblem(error instanceof ApiProblem ? error.message : cut)
        if (isFinal(error)) return
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs(attempt)))
    }
  }
  void run()
  return () => stopped.abort()
}

/** The whole log as a file; what is missing of it is its last line. */
export const wholeLog = async (namespace: string, name: string): Promise<Blob> => {
  const response = await ask(`${pathOf('tasks', namespace, name)}/logs`)
  const parts: string[] = []
  for await (const { event, data } of messagesOf(response, new AbortController().signal)) {
    const told = JSON.parse(data) as Told
    if (event === 'problem') throw problemIn(told)
    if (event === 'log') parts.push(`${told.time} ${told.container} ${told.line}\n`)
    if (event === 'complete') {
      const note = noteIn(told)
      return new Blob([...parts, ...(note === undefined ? [] : [`${note}\n`])], { type: 'text/plain' })
    }
  }
  throw new ApiProblem(503, 'The log was cut before its end, and is not saved. Try again.')
}
