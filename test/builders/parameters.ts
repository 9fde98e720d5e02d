import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Systems Manager on loopback, as far as a secret is read from it. */
export const playParameters = async (secret: string) => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ Parameter: { Value: secret } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
