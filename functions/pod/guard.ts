import { createHash } from 'node:crypto'
import { serverPasswordDigestName, serverPasswordName } from '../../shared/server-access.ts'
import { startGuard } from './guard/server.ts'
import { HelperFault, required, wholeNumber, type Helper } from './helper.ts'

export const guard: Helper = {
  purpose: "lets callers with the password through to an Agent's server, and asks it for the kubelet how it is",
  variables: {
    [serverPasswordName]: "password of the Agent's server",
    [serverPasswordDigestName]: 'SHA-256 of the password that is expected, in hexadecimal digits',
    GUARD_PORT: 'port to listen on',
    GUARD_SERVER_PORT: 'port of the server, on the loopback address',
  },
  run: async (env, print) => {
    const password = required(env, serverPasswordName)
    if (createHash('sha256').update(password).digest('hex') !== required(env, serverPasswordDigestName))
      throw new HelperFault(
        "The password is not the one that was made for this Agent's server: somebody else made its Secret, or changed it. Delete the Secret.",
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
