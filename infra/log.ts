import type { Log, LogFields } from '../shared/ports.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** One JSON object a line, as log collectors read it; runs wherever there is a sink for lines. */
export const jsonLog = (write: (line: string) => void, least: LogLevel = 'info'): Log => {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (logLevels.indexOf(level) < logLevels.indexOf(least)) return
      write(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
