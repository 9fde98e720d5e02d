/** Turns the server's events into log lines that a person can follow. Fed the same event twice, it prints once. */
import { oneLine } from '../../../shared/one-line.ts'
import { number, record, text, type Json } from './json.ts'
import { shorten } from './summary.ts'
import { errorLine } from './verdict.ts'

export type ServerEvent = { readonly type: string; readonly properties: Json }

const maxLine = 400
const outputLines = 8

type TextPart = { text: string; printed: number; readonly prefix: string }

/** What a tool call is about: the command, the file, the pattern. */
const subject = (tool: string, state: Json): string => {
  const input = record(state['input'])
  const about = ['command', 'filePath', 'pattern', 'url', 'description', 'name', 'query']
    .map((key) => text(input[key]))
    .find((value) => value !== undefined && value !== '')
  const title = text(state['title'])
  const words = (tool === 'bash' ? about : (about ?? title)) ?? title ?? ''
  return shorten(words.split('\n').join(' ⏎ '), maxLine)
}

const duration = (state: Json): string => {
  const { start, end } = record(state['time'])
  const seconds = (number(end) - number(start)) / 1000
  return seconds > 0 ? ` (${seconds.toFixed(1)} s)` : ''
}

const lastLines = (output: string): readonly string[] => {
  const lines = output.replace(/\s+$/, '').split('\n')
  const shown = lines.slice(-outputLines).map((line) => `  | ${shorten(line, maxLine)}`)
  return lines.length > outputLines ? [`  | … ${lines.length - outputLines} more lines`, ...shown] : shown
}

export type LinePrinter = {
  /** `prefix` goes before every line of this event (subagents have one). */
  readonly show: (event: ServerEvent, prefix?: string) => void
  /** Prints text that has no line end yet. */
  readonly flush: () => void
}

export const createLinePrinter = (print: (line: string) => void): LinePrinter => {
  const assistantMessages = new Set<string>()
  const texts = new Map<string, TextPart>()
  const toolStates = new Map<string, string>()
  let lastRetry = ''

  const printText = (part: TextPart, isComplete: boolean): void => {
    for (;;) {
      const end = part.text.indexOf('\n', part.printed)
      if (end < 0) break
      print(part.prefix + part.text.slice(part.printed, end))
      part.printed = end + 1
    }
    if (isComplete && part.printed < part.text.length) {
      print(part.prefix + part.text.slice(part.printed))
      part.printed = part.text.length
    }
  }

  const flush = (): void => {
    for (const part of texts.values()) printText(part, true)
  }

  const showTool = (id: string, part: Json, prefix: string): void => {
    const state = record(part['state'])
    const status = text(state['status']) ?? ''
    const tool = text(part['tool']) ?? 'tool'
    if (status === 'pending' || toolStates.get(id) === status) return
    // Text that streams on would otherwise land after the line of the tool it announces.
    flush()
    if (!toolStates.has(id)) print(`${prefix}→ ${tool} ${subject(tool, state)}`.trimEnd())
    toolStates.set(id, status)
    if (status === 'completed') {
      const exit = record(state['metadata'])['exit']
      const failed = typeof exit === 'number' && exit !== 0
      print(`${prefix}${failed ? `✗ ${tool} exited with ${exit}` : `✓ ${tool}`}${duration(state)}`)
      if (tool === 'bash')
        for (const line of lastLines(text(state['output']) ?? '')) if (line.trim() !== '|') print(prefix + line)
    }
    if (status === 'error') print(`${prefix}✗ ${tool}: ${shorten(oneLine(text(state['error']) ?? 'failed'), maxLine)}`)
  }

  const showPart = (part: Json, prefix: string): void => {
    const id = text(part['id']) ?? ''
    if (!assistantMessages.has(text(part['messageID']) ?? '')) return
    if (part['type'] === 'tool') showTool(id, part, prefix)
    if (part['type'] !== 'text') return
    const seen = texts.get(id) ?? { text: '', printed: 0, prefix }
    const whole = text(part['text']) ?? ''
    if (whole.length >= seen.text.length) seen.text = whole
    texts.set(id, seen)
    printText(seen, record(part['time'])['end'] !== undefined)
  }

  return {
    show: ({ type, properties }, prefix = '') => {
      if (type === 'message.updated') {
        const info = record(properties['info'])
        if (info['role'] === 'assistant') assistantMessages.add(text(info['id']) ?? '')
      }
      if (type === 'message.part.updated') showPart(record(properties['part']), prefix)
      if (type === 'message.part.delta' && properties['field'] === 'text') {
        // Deltas of a part not announced as text (reasoning, for one) have no entry here.
        const seen = texts.get(text(properties['partID']) ?? '')
        if (!seen) return
        seen.text += text(properties['delta']) ?? ''
        printText(seen, false)
      }
      if (type === 'session.status') {
        const { type: kind, attempt, message, next } = record(properties['status'])
        const line = `${prefix}! model provider: ${shorten(text(message) ?? 'failed', maxLine)} (attempt ${number(attempt)})`
        if (kind === 'retry' && line !== lastRetry) {
          lastRetry = line
          const seconds = Math.max(0, Math.round((number(next) - Date.now()) / 1000))
          print(`${line}; next try in ${seconds} s`)
        }
      }
      if (type === 'session.error') print(`${prefix}✗ ${shorten(errorLine(properties['error']), maxLine)}`)
    },
    flush,
  }
}
