import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What moves the cursor, colours, and sets a title. */
const controls = /\u001B(\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\u0007\u001B]*(\u0007|\u001B\\)|[@-_])/g

export interface Terminal {
  /** All that was drawn so far, without what moves the cursor. */
  readonly screen: () => string
  readonly type: (text: string) => void
  /** The exit code. */
  readonly ended: Promise<number | null>
  readonly kill: () => void
}

/** A command of a shell in a pseudo-terminal of 40 lines and 120 columns, in the folder of the sources. */
export const inTerminal = (command: string, env: Readonly<Record<string, string>>): Terminal => {
  const child = spawn('script', ['-qfec', `stty rows 40 cols 120; ${command}`, '/dev/null'], {
    cwd: root,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let drawn = ''
  child.stdout.on('data', (chunk: Buffer) => (drawn += chunk.toString('utf8')))
  return {
    screen: () => drawn.replaceAll(controls, ''),
    type: (text) => void child.stdin.write(text),
    ended: new Promise((resolve) => child.once('close', resolve)),
    kill: () => void child.kill(),
  }
}
