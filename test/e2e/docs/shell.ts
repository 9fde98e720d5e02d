import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a program of ours, kubectl or helm ended, wherever in a statement it stood. */
export interface Call {
  readonly code: number
  readonly words: string
}

export interface Outcome {
  readonly code: number
  readonly output: string
  readonly calls: readonly Call[]
}

/** One bash for a page: variables, functions, folder and jobs stay from statement to statement. */
export interface Shell {
  /** Runs a statement to its end; when it takes too long, ends bash and throws with what was printed. */
  readonly run: (statement: string, seconds: number) => Promise<Outcome>
  /** What the statement that was given last has printed, those it left in the background included. */
  readonly heard: () => string
  /** Gives a statement that goes on by itself, without waiting for its end. */
  readonly begin: (statement: string) => void
  /** Ends it with all that it has begun. */
  readonly close: () => void
}

/** Statements come through a descriptor of their own, so that no program reads the next one as its input. */
const loop = `while IFS= read -r -d '' -u 3 statement; do
  eval "$statement" 3<&- </dev/null 2>&1
  printf '\\0%s\\0' "$?"
done`

/** `record` is the file where the programs of the PATH write how they ended. */
export const openShell = (cwd: string, env: Readonly<Record<string, string>>, record: string): Shell => {
  const child = spawn('bash', ['-c', loop], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const statements = child.stdio[3] as NodeJS.WritableStream
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const isThere = (): boolean => child.exitCode === null && child.signalCode === null
  const close = (): void => {
    if (child.pid !== undefined && isThere()) process.kill(-child.pid, 'SIGKILL')
  }
  const begin = (statement: string): void => {
    output = ''
    statements.write(`${statement}\0`)
  }
  const plain = (): string => output.replaceAll(/\0\d+\0/g, '')
  const run: Shell['run'] = async (statement, seconds) => {
    await writeFile(record, '')
    const deadline = Date.now() + seconds * 1000
    begin(statement)
    for (;;) {
      const code = /\0(\d+)\0/.exec(output)?.[1]
      if (code !== undefined) {
        const calls = [...(await readFile(record, 'utf8')).matchAll(/^(\d+)\t(.*)$/gm)]
        return {
          code: Number(code),
          output: plain(),
          calls: calls.map(([, ended, words = '']) => ({ code: Number(ended), words })),
        }
      }
      if (!isThere()) throw new Error(`bash has ended: ${output}`)
      if (Date.now() > deadline) {
        // Its answer would be taken for that of the next.
        close()
        throw new Error(`not done after ${seconds} s: ${statement}\n${output}`)
      }
      await sleep(20)
    }
  }
  /** Whoever gives up waiting for a look leaves it under way: the next statement is typed after it. */
  let before: Promise<unknown> = Promise.resolve()
  return {
    begin,
    heard: plain,
    run: (statement, seconds) => {
      const next = before.then(() => run(statement, seconds))
      before = next.catch(() => undefined)
      return next
    },
    close,
  }
}
