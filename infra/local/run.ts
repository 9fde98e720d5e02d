import { execFile } from 'node:child_process'

export type RunOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs a command to its end and gives what it printed. Throws with the end of what it said when it fails. */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        maxBuffer: 64 * 1024 * 1024,
        ...(options.cwd !== undefined && { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        const said = `${stdout}${stderr}`.trimEnd().split('\n').slice(-8).join('\n')
        reject(new Error(`${command} ${args.join(' ')} failed: ${said || error.message}`, { cause: error }))
      },
    )
    child.stdin?.on('error', () => {}) // a command may end without reading what it was given
    child.stdin?.end(options.input ?? '')
  })

/** True when the command can be found on the PATH. */
export const isInstalled = (command: string): Promise<boolean> =>
  run('sh', ['-c', 'command -v "$1"', 'sh', command]).then(
    () => true,
    () => false,
  )
