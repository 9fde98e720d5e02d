/** A server of our own for a Task without an Agent: the same API, so the same lines, verdict and summary. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { connectServer, type OpencodeServer } from './server.ts'

export type LocalServer = { readonly server: OpencodeServer; readonly close: () => Promise<void> }

const startSeconds = 120

/**
 * Starts `<binary> serve` on a loopback port in the working directory and waits until it listens.
 * The password is made up for this run: other containers of the Pod share its loopback address.
 */
export const startLocalServer = async (binary: string, stop: AbortSignal): Promise<LocalServer> => {
  const password = randomBytes(24).toString('base64url')
  const { BUN_BE_BUN: _, ...env } = process.env
  const child = spawn(binary, ['serve', '--port', '0', '--hostname', '127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, OPENCODE_SERVER_PASSWORD: password, OPENCODE_SERVER_USERNAME: 'opencode' },
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }

  let output = ''
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const onData = (chunk: unknown): void => {
        output += String(chunk)
        const found = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)
        if (found?.[1]) resolve(found[1])
      }
      child.stdout.on('data', onData)
      child.stderr.on('data', onData)
      child.once('error', (error) =>
        reject(new Error(`${binary} could not be started: ${error.message}`, { cause: error })),
      )
      child.once('close', (code) =>
        reject(
          new Error(`OpenCode ended with ${code ?? 'a signal'} before it was ready: ${output.trim().slice(-500)}`),
        ),
      )
      const timer = setTimeout(
        () => reject(new Error(`OpenCode was not ready after ${startSeconds} s.`)),
        startSeconds * 1000,
      )
      timer.unref()
      stop.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
    })
    // What the server prints later is in its own log file; a full pipe would block it.
    child.stdout.resume()
    child.stderr.resume()
    return { server: connectServer(url, { username: 'opencode', password }), close }
  } catch (error) {
    await close()
    throw error
  }
}
