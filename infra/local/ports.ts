import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'

const isFree = (port: number, address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })

/**
 * A free port below the range from which the kernel takes the ports of outgoing connections, so that a program that
 * is started again finds its port still free.
 */
export const freePort = async (address: string): Promise<number> => {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port, address)) return port
  }
  throw new Error(`No free port between 15000 and 32000 on ${address}; end some of the programs that listen there.`)
}
