import { createHash } from 'node:crypto'
import { serverPasswordDigestName, serverPasswordName } from '../../shared/server-access.ts'
import { startGuard } from './guard/server.ts'
import { HelperFault, required, wholeNumber, type Helper } from './helper.ts'

export const guard: Helper = {
  purpose: "lets callers with the password through to an Agent's server, and asks it for the kubelet how it is",
  variables: {
    [serverPasswordName]: "password of the Agent's server",
    [serverPasswordDigestName]: 'SHA-256 of the password that is expected, in hexadecimal digits',
    GUARD_SECRET: 'namespace and name of the Secret that the password is from, for messages',
    GUARD_PORT: 'port to listen on',
    GUARD_SERVER_PORT: 'port of the server, on the loopback address',
  },
  run: async (env, print) => {
    const password = required(env, serverPasswordName)
    if (createHash('sha256').update(password).digest('hex') !== required(env, serverPasswordDigestName))
      throw new HelperFault(
        `Secret ${required(env, 'GUARD_SECRET')} does not hold the password that was made for this server: somebody else made it, or changed it. Delete the Secret; it is made anew.`,
      )
    const port = wholeNumber(env, 'GUARD_PORT', 0)
    const running = await startGuard({ port, serverPort: wholeNumber(env, 'GUARD_SERVER_PORT', 0), password })
    print(`port ${running.port} is open to callers with the password`)
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    })
    running.close()
  },
}
