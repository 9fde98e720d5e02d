import { spawn } from 'node:child_process'
import type { OpenExec } from '../../../infra/node/server/exec.ts'
import type { Bench } from '../../pod/opencode.ts'
import { opencodeBinary } from '../../pod/opencode.ts'

/** OpenCode's own interface on this machine, in a terminal that has the size which the page asks for first. */
export const openCodeAt =
  ({ env, workspace }: Bench, url: string): OpenExec =>
  async (_caller, _target, { output, end }) => {
    let child: ReturnType<typeof spawn> | undefined
    return {
      write: (bytes) => void child?.stdin?.write(bytes),
      resize: (columns, rows) => {
        if (child) return
        const command = `stty cols ${columns} rows ${rows}; exec "${opencodeBinary}" attach "${url}"`
        child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
          cwd: workspace,
          env: { ...env, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
        })
        child.stdout?.on('data', output)
        child.once('close', () => end(undefined))
      },
      pause: () => child?.stdout?.pause(),
      resume: () => child?.stdout?.resume(),
      close: () => void child?.kill(),
    }
  }
