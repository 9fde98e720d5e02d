import { createLoginCode } from '../../../functions/api/access/login-code.ts'
import { createSeal } from '../../../functions/api/access/sealed.ts'
import type { Log } from '../../../shared/ports.ts'
import { asCaller } from '../../cluster/as-caller.ts'
import type { Endpoint } from '../../cluster/endpoint.ts'
import { connect } from '../../cluster/undici.ts'
import { clock } from '../../clock.ts'
import type { Listening } from '../listen.ts'
import { apiManager } from './apiserver.ts'
import { readDashboard } from './dashboard.ts'
import { openExec } from './exec.ts'
import { startServer } from './start.ts'
import { createTerminal } from './terminal.ts'

export interface LocalOptions {
  /** Whose credentials are used: those of the person at this machine. */
  readonly endpoint: Endpoint
  /** 0 takes any free port. */
  readonly port: number
  readonly log: Log
  /** Told each code that a browser can log in with, once; show it in the terminal and nowhere else. */
  readonly announce: (code: string) => void
}

export interface LocalServer {
  /** Without any secret in it. */
  readonly url: string
  /** Whether there are pages for a browser beside the API. */
  readonly hasDashboard: boolean
  readonly close: Listening['close']
}

const loopback = '127.0.0.1'

/** The API for one person on their own machine: on loopback alone, with their kubeconfig, behind a code that their terminal shows. */
export const startLocalServer = async ({ endpoint, port, log, announce }: LocalOptions): Promise<LocalServer> => {
  const dashboard = readDashboard()
  const listening = await startServer({
    apiserverOf: asCaller(connect(endpoint, apiManager)),
    access: {
      mode: 'local',
      seal: await createSeal(crypto.getRandomValues(new Uint8Array(32))),
      code: createLoginCode(announce),
    },
    clock,
    log,
    terminal: createTerminal(openExec(endpoint), log),
    dashboard,
    hosts: [loopback, 'localhost'],
    port,
    hostname: loopback,
  })
  return { url: `http://${loopback}:${listening.port}`, hasDashboard: dashboard !== undefined, close: listening.close }
}
