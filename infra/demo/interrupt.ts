import { readdirSync, readFileSync } from 'node:fs'

type Entry = { readonly pid: number; readonly parent: number; readonly session: number }

/** The fields of /proc/PID/stat after the command, which may itself hold spaces and brackets (proc(5)). */
const readEntry = (pid: number): Entry | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, parent: Number(parent), session: Number(session) }
  } catch {
    return undefined // ended while the list was read
  }
}

/** Everything this process has started, directly or not, except what runs in a session of its own: the cluster. */
const descendants = (): number[] => {
  const entries = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readEntry(Number(name)) ?? []) : []))
  const own = entries.find(({ pid }) => pid === process.pid)
  const found = new Set([process.pid])
  // A child may be listed before its parent.
  for (let before = 0; before !== found.size;) {
    before = found.size
    for (const { pid, parent, session } of entries) if (found.has(parent) && session === own?.session) found.add(pid)
  }
  found.delete(process.pid)
  return [...found]
}

const endDescendants = (): void => {
  if (process.platform !== 'linux') return
  for (const pid of descendants()) {
    try {
      process.kill(pid, 'SIGTERM')
    } catch {
      // ended by itself in between
    }
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** On Ctrl-C and its like: ends what was started, says `sentence`, and exits. A cluster that runs goes on running. */
export const onInterrupt = (sentence: () => string): void => {
  for (const signal of Object.keys(exitCodes) as (keyof typeof exitCodes)[])
    process.once(signal, () => {
      endDescendants()
      process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}\n${sentence()}\n`)
      process.exit(exitCodes[signal])
    })
}
