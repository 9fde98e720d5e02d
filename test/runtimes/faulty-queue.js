// Stands between the Worker and its Queue, and misbehaves as it is told; dead letters end here and are counted.
import { WorkerEntrypoint } from 'cloudflare:workers'

let faults = { refused: 0, lost: 0, doubled: 0, late: 0 }
let dead = 0
let events = 0
const happens = (share) => Math.random() < share

export class FaultyQueue extends WorkerEntrypoint {
  async sendBatch(messages) {
    if (happens(faults.refused)) throw new Error('Too Many Requests')
    events += [...messages].length
    const kept = [...messages]
      .filter(() => !happens(faults.lost))
      .flatMap((message) => (happens(faults.doubled) ? [message, message] : [message]))
      .map((message) =>
        happens(faults.late) ? { ...message, delaySeconds: (message.delaySeconds ?? 0) + 1 } : message,
      )
    if (kept.length > 0) await this.env.REAL.sendBatch(kept)
  }
}

export default {
  fetch: async (request, env) => {
    if (request.method === 'POST') faults = await request.json()
    return Response.json({ dead, events, calls: await env.CALLS.count() })
  },
  queue: ({ messages }) => {
    dead += messages.length
  },
}
