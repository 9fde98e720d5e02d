import { ApiProblem, ask, pathOf } from '../api/client.ts'
import { waitMs } from './live.ts'
import type { LogLine } from './log-lines.ts'
import { messagesOf } from './messages.ts'

export interface LogEvents {
  readonly onLine: (line: LogLine) => void
  /** The whole of what there is was told; nothing is left to tell where the Pod is gone. */
  readonly onEnd: (isGone: boolean) => void
  readonly onProblem: (text: string | undefined) => void
}

interface Told extends LogLine {
  readonly note?: string
  readonly message?: string
  readonly code?: number
}

const isFinal = (error: unknown): error is ApiProblem =>
  error instanceof ApiProblem && error.code >= 400 && error.code < 500 && error.code !== 429

/** Follows the log of a Task until it is complete; goes on after the last line whenever the connection is lost. */
export const followLog = (namespace: string, name: string, tailLines: number, events: LogEvents): (() => void) => {
  const stopped = new AbortController()
  const { signal } = stopped
  let last: string | undefined
  /** Whether it was read to its end. */
  const follow = async (onHeard: () => void): Promise<boolean> => {
    const response = await ask(`${pathOf('tasks', namespace, name)}/logs?follow=1&tailLines=${tailLines}`, {
      signal,
      ...(last !== undefined && { headers: { 'last-event-id': last } }),
    })
    events.onProblem(undefined)
    for await (const { event, data, id } of messagesOf(response, signal, { onHeard })) {
      const told = JSON.parse(data) as Told
      if (event === 'problem') throw new ApiProblem(told.code ?? 503, told.message ?? 'The log was cut.')
      if (event === 'log') events.onLine(told)
      if (id !== undefined) last = id
      if (event === 'complete') {
        events.onEnd(told.note !== undefined)
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
        events.onProblem(isFinal(error) ? error.message : 'The log was cut; it goes on as soon as the server answers.')
        if (isFinal(error)) return
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs(attempt)))
    }
  }
  void run()
  return () => stopped.abort()
}

/** The whole log as a file. */
export const wholeLog = async (namespace: string, name: string): Promise<Blob> => {
  const response = await ask(`${pathOf('tasks', namespace, name)}/logs`)
  const parts: string[] = []
  for await (const { event, data } of messagesOf(response, new AbortController().signal)) {
    const told = JSON.parse(data) as Told
    if (event === 'problem') throw new ApiProblem(told.code ?? 503, told.message ?? 'The log was cut.')
    if (event === 'log') parts.push(`${told.time} ${told.container} ${told.line}\n`)
  }
  return new Blob(parts, { type: 'text/plain' })
}
