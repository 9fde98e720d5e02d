import { readFileSync, readdirSync } from 'node:fs'

/** Command lines of the running processes that name `text` in an argument (Linux). */
export const processesNaming = (text: string): { readonly pid: number; readonly command: string }[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      try {
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return command.includes(text) ? [{ pid: Number(entry), command }] : []
      } catch {
        return [] // ended while the list was read
      }
    })
