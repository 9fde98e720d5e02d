/** How the runner tells the kubelet that a person is wanted: the container is not ready while the agent waits. */
import { createServer } from 'node:http'
import type { TellAsking } from './permissions.ts'

/** Serves 503 on `port` while something waits, else 200. A port that is taken costs the answer of a person, not the run. */
export const serveAsking = (port: number, print: (line: string) => void): TellAsking => {
  let isAsking = false
  const server = createServer((_request, response) => {
    response.writeHead(isAsking ? 503 : 200, { 'content-type': 'text/plain' }).end(isAsking ? 'asking\n' : 'at work\n')
  })
  server.on('error', (error) =>
    print(`! nobody hears what the agent asks, because port ${port} cannot be used: ${error.message}`),
  )
  server.listen(port)
  server.unref()
  return (now) => {
    isAsking = now
  }
}
